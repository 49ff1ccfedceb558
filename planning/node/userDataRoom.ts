import type { Fault } from "../../settings/faults";
import type { Settings } from "../../settings/settings";
import { unpackedBatchBytes } from "./clientLimits";
import { planNodes } from "./nodes";
import { kafkaProperties, zookeeperAddresses } from "./serverProperties";
import { renderUserData, userDataLimitBytes } from "./userData";

/** Bytes that the two programs of a node take, indented; a test keeps them below it. */
const programsBytes = 3400;

/** A reference of full length, for one that is known only when its archive has been made. */
function artifact(name: string) {
  const sha512 = "0".repeat(128);
  return { key: `artifacts/${name}-${sha512}.tar`, sha512 };
}

/**
 * The fault of a broker's settings that do not fit into its user data: else the update would fail after volumes and
 * network are made. Only `brokerConfig` can be so long.
 */
export function userDataFaults(settings: Settings): Fault[] {
  const nodes = planNodes(settings);
  const over = nodes.brokers.map((node) => {
    const text = renderUserData(
      {
        role: "kafka",
        programs: { awsCommand: "", bootstrap: "x".repeat(programsBytes) },
        clusterName: settings.clusterName,
        region: settings.region,
        node,
        revision: "0".repeat(12),
        artifactBucket: `${settings.clusterName}-${"0".repeat(8)}`,
        nodeArchive: artifact("node"),
        softwareArchive: artifact(`kafka-${settings.kafka.version}`),
        nodeExporterArchive: artifact("kafka/node_exporter-1.12.1-x86_64"),
        volumeId: `vol-${"0".repeat(17)}`,
        ec2EndpointUrl: `https://vpce-${"0".repeat(17)}-${"0".repeat(8)}.ec2.${settings.region}.vpce.amazonaws.com`,
        nodeAccessPublicKey: `ssh-ed25519 ${"A".repeat(68)}`,
        serverProperties: kafkaProperties(settings, node, nodes),
        unpackedBatchBytes: unpackedBatchBytes(settings, node),
        zookeeperConnect: zookeeperAddresses(nodes),
        minimumRunning: settings.brokers.minimumRunning,
      },
      Infinity,
    );
    return Buffer.byteLength(text) - userDataLimitBytes;
  });
  const most = Math.max(...over);
  if (most <= 0) return [];
  const { config } = settings.brokers;
  return [
    {
      path: "brokerConfig",
      message:
        `${config.length} entries of ${config.join("\n").length} bytes make a broker's user data ${most} bytes ` +
        `longer than the ${userDataLimitBytes} that EC2 takes; remove entries, or shorten their values, by so much`,
    },
  ];
}
