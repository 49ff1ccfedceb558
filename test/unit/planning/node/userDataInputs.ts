import assert from "node:assert/strict";
import { nodePrograms, opsHostPrograms } from "../../../../artifacts/instancePrograms";
import { unpackedBatchBytes } from "../../../../planning/node/clientLimits";
import { planNodes } from "../../../../planning/node/nodes";
import { kafkaProperties, zookeeperAddresses } from "../../../../planning/node/serverProperties";
import type { KafkaUserData, UserDataInput } from "../../../../planning/node/userData";
import { zookeeperConfig } from "../../../../planning/node/zooCfg";
import type { Settings } from "../../../../settings/settings";

const artifact = (name: string) => ({ key: `artifacts/${name}-${"ab".repeat(64)}.tar`, sha512: "ab".repeat(64) });

const commonInput = (settings: Settings) => ({
  programs: nodePrograms(),
  clusterName: settings.clusterName,
  region: settings.region,
  revision: "0123456789ab",
  artifactBucket: "kafka-test-artifacts",
  nodeArchive: artifact("node"),
  nodeExporterArchive: artifact("node_exporter"),
  volumeId: "vol-0123456789abcdef0",
  ec2EndpointUrl: "https://vpce-0123456789abcdef0-0a1b2c3d.ec2.us-east-1.vpce.amazonaws.com",
  nodeAccessPublicKey: `ssh-ed25519 ${"A".repeat(68)}\n`,
});

export function kafkaInput(settings: Settings): KafkaUserData {
  const nodes = planNodes(settings);
  const node = nodes.brokers[2];
  assert.ok(node);
  return {
    ...commonInput(settings),
    role: "kafka",
    node,
    softwareArchive: artifact("kafka"),
    serverProperties: kafkaProperties(settings, node, nodes),
    unpackedBatchBytes: unpackedBatchBytes(settings, node),
    zookeeperConnect: zookeeperAddresses(nodes),
    minimumRunning: settings.brokers.minimumRunning,
  };
}

export function zookeeperInput(settings: Settings): UserDataInput {
  const nodes = planNodes(settings);
  const node = nodes.zookeeper[1];
  assert.ok(node);
  return {
    ...commonInput(settings),
    role: "zookeeper",
    node,
    softwareArchive: artifact("zookeeper"),
    zooCfg: zookeeperConfig(settings, node, nodes),
  };
}

export const opsInput: UserDataInput = {
  role: "ops",
  programs: opsHostPrograms(),
  clusterName: "kafka-test",
  region: "us-east-1",
  hostKeyParameter: "/kafka-test/ops/host-key",
  nodeAccessKeyParameter: "/kafka-test/ops/node-key",
  artifactBucket: "kafka-test-0a1b2c3d",
  ec2EndpointUrl: "https://vpce-0123456789abcdef0-0a1b2c3d.ec2.us-east-1.vpce.amazonaws.com",
  operatorPublicKey: "ssh-ed25519 OPERATOR",
};
