/** The Pulumi program: a stack's settings, one `KafkaCluster`, and the stack's outputs. */
import * as pulumi from "@pulumi/pulumi";
import { learnInstanceTypes } from "./aws/instanceTypes";
import { retainedVolumes } from "./aws/preflight";
import { KafkaCluster } from "./components/kafkaCluster";
import { addressesOf } from "./components/kafkaBrokerPool";
import { toldBySettings } from "./components/userFacing";
import { loadFaults } from "./planning/capacity/overload";
import { sshUser } from "./planning/cluster/names";
import type { StackOutputs } from "./planning/cluster/outputs";
import { throwFaults } from "./settings/faults";
import { rawConfig, readSettings } from "./settings/pulumiConfig";
import { endWithEngine } from "./stack/engineWatch";
import { leaveOutPromiseTraces } from "./stack/promiseTraces";

/** The stack's outputs while the program runs: what is not known before AWS has answered is an `Output`. */
type Outputs = { readonly [Key in keyof StackOutputs]: pulumi.Input<StackOutputs[Key]> };

leaveOutPromiseTraces();
endWithEngine();

/** A fixed name, so that a renamed stack keeps its volumes. */
const name = "cluster";

async function kafkaOnEc2(): Promise<Outputs> {
  const settings = readSettings(await learnInstanceTypes(rawConfig(), {}));
  throwFaults(loadFaults(settings));
  const adoptVolumes = await retainedVolumes(settings, { name, options: {} });
  const cluster = new KafkaCluster(name, { settings, adoptVolumes });
  const { network, opsHost, kafka, zookeeper } = cluster;

  // What consumer applications rely on first. Added to, never renamed.
  return {
    bootstrapServers: kafka.brokers.apply(addressesOf),
    brokers: kafka.brokers,
    zookeeperConnect: zookeeper.connectString,
    topics: cluster.topics.outputs,
    clientSecurityGroupId: cluster.clientSecurityGroupId,
    clientProperties: cluster.clientProperties,
    clientSettingsPath: cluster.clientSettings.path,
    readClientSettingsPolicyArn: cluster.clientSettings.readPolicyArn,
    opsHost: pulumi.interpolate`ssh ${sshUser}@${opsHost.publicIp}`,
    plan: cluster.plan,
    artifactBucket: cluster.artifacts.bucketName,
    vpcId: network.vpcId,
    routeTableIds: pulumi.output(network.routeTableIds),
    dnsZoneId: network.dnsZoneId,
    nodeSubnetIds: pulumi.all(Object.values(network.nodeSubnetIds)),
    imageId: cluster.imageId,
    alertTopicArn: cluster.monitoring?.topicArn,
    clusterName: settings.clusterName,
    region: settings.region,
    sshUser,
    sshHostKey: opsHost.hostPublicKey,
    sshPrivateKeyParameter: opsHost.privateKeyParameter,
  };
}

export = () => toldBySettings(kafkaOnEc2);
