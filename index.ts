import * as pulumi from "@pulumi/pulumi";
import { ensureKafkaArchive, ensureZooKeeperArchive, nodeArchive, opsBundle } from "./artifacts/archives";
import { ArtifactStore } from "./components/artifactStore";
import { learnInstanceTypes } from "./aws/instanceTypes";
import { endWithEngine } from "./stack/engineWatch";
import { KafkaBrokerPool } from "./components/kafkaBrokerPool";
import { Network } from "./components/network";
import { OpsHost } from "./components/opsHost";
import { preflight } from "./aws/preflight";
import { Topics } from "./components/topics";
import { ZooKeeperEnsemble } from "./components/zooKeeperEnsemble";
import { planNetwork } from "./planning/node/addresses";
import { clientProperties } from "./planning/cluster/clientProperties";
import { copyingAhead } from "./planning/cluster/copying";
import { describeCluster } from "./planning/cluster/clusterDescription";
import { sshUser } from "./planning/cluster/names";
import { planNodes } from "./planning/node/nodes";
import type { StackOutputs } from "./planning/cluster/outputs";
import { overloadFaults, roomFaults } from "./planning/capacity/overload";
import { planCluster } from "./planning/cluster/plan";
import { planTable } from "./planning/cluster/planText";
import { planTopics } from "./planning/placement/topics";
import { SettingsError, throwFaults } from "./settings/faults";
import { rawConfig, readSettings } from "./settings/pulumiConfig";
import { UserError } from "./settings/userError";
import { warn } from "./settings/warnings";

/** The stack's outputs while the program runs: what is not known before AWS has answered is an `Output`. */
type Outputs = { readonly [Key in keyof StackOutputs]: pulumi.Input<StackOutputs[Key]> } & {
  /** OpenSSH public key by which the ops host is known, for a `known_hosts` line. */
  readonly sshHostKey: pulumi.Output<string>;
};

// Pulumi takes a stack trace for every promise: with source maps two of the program's five seconds. One line is enough to
// find a fault of our own.
Error.stackTraceLimit = 1;
endWithEngine();

async function kafkaOnEc2(): Promise<Outputs> {
  // Settings: all faults at once, before anything is made.
  await learnInstanceTypes(rawConfig());
  const settings = readSettings();
  const { clusterName, region } = settings;
  // What can't carry the declared load is refused before it is paid for.
  const plan = planCluster(settings);
  const overload = overloadFaults(settings, plan);
  throwFaults([...roomFaults(settings), ...(settings.allowOverload ? [] : overload)]);
  void pulumi.log.info(`plan\n${planTable([{ title: "", plan }])}`);
  warn(...overload);
  const nodes = planNodes(settings);
  const topics = planTopics(settings);
  const networkPlan = planNetwork(settings);

  // Checks against AWS, and the archives that the nodes will fetch.
  const checked = await preflight(settings, nodes);
  const copying = copyingAhead(settings, plan, checked.existingNodes);
  if (copying !== undefined) void pulumi.log.info(copying);
  const node = nodeArchive();
  const [kafka, zookeeper, bundle] = await Promise.all([
    ensureKafkaArchive(settings.kafka.version),
    ensureZooKeeperArchive(settings.zookeeper.version),
    opsBundle(),
  ]);

  // Components. Their names are fixed, so that a renamed stack keeps its volumes.
  const network = new Network("network", {
    clusterName,
    region,
    plan: networkPlan,
    domain: settings.network.domain,
    sshCidrs: settings.access.sshCidrs,
    clientCidrs: settings.access.clientCidrs,
    clientRoutes: settings.network.clientRoutes,
    dnsVpcIds: settings.network.dnsVpcIds,
    flowLogs: settings.network.flowLogs,
    existingVpc: checked.existingVpc,
  });
  const artifacts = new ArtifactStore("artifacts", {
    clusterName,
    archives: { kafka, zookeeper, node },
  });
  const opsHost = new OpsHost("ops", {
    clusterName,
    region,
    instanceType: settings.opsHost.instanceType,
    image: checked.images.opsHost,
    volumeKeyArn: checked.volumeKeyArn,
    subnetId: network.opsSubnetId,
    zone: networkPlan.opsSubnet.zone,
    securityGroupId: network.securityGroupIds.ops,
    ec2EndpointUrl: network.ec2EndpointUrl,
    sshPublicKey: settings.access.sshPublicKey,
    sshPrivateKey: settings.access.sshPrivateKey,
    bundle,
    artifacts,
    cluster: artifacts.bucketName.apply((bucket) => describeCluster(settings, bucket)),
    bootNeeds: [network],
  });
  const pool = {
    settings,
    nodes,
    network,
    artifacts,
    opsHost,
    volumeKeyArn: checked.volumeKeyArn,
    adoptedVolumes: checked.adoptedVolumes,
  };
  const ensemble = new ZooKeeperEnsemble("zookeeper", {
    ...pool,
    image: checked.images.zookeeper,
    wasStarted: checked.ensembleStarted,
  });
  const brokers = new KafkaBrokerPool("kafka", { ...pool, image: checked.images.brokers, zookeeper: ensemble });
  new Topics("topics", { topics, opsHost, after: [brokers] });

  // Outputs: what consumer applications rely on first. Added to, never renamed.
  return {
    bootstrapServers: brokers.bootstrapServers.join(","),
    brokers: brokers.brokers,
    zookeeperConnect: ensemble.connectString,
    topics: topics.map(({ name, partitions, retentionHours, retentionGiB }) => ({
      name,
      partitions,
      retentionHours,
      retentionGiB,
    })),
    clientSecurityGroupId: network.securityGroupIds.client,
    clientProperties: clientProperties(
      brokers.bootstrapServers,
      Math.max(1, ...topics.map(({ partitions }) => partitions)),
    ),
    opsHost: pulumi.interpolate`ssh ${sshUser}@${opsHost.publicIp}`,
    plan,
    artifactBucket: artifacts.bucketName,
    vpcId: network.vpcId,
    routeTableIds: pulumi.output(network.routeTableIds),
    dnsZoneId: network.dnsZoneId,
    nodeSubnetIds: pulumi.all(Object.values(network.nodeSubnetIds)),
    imageId: checked.images.brokers.id,
    clusterName,
    region,
    sshUser,
    sshHostKey: opsHost.hostPublicKey,
    sshPrivateKeyParameter: opsHost.privateKeyParameter,
  };
}

export = () =>
  kafkaOnEc2().catch((error: unknown) => {
    // What the user can put right is the user's to read: no stack trace.
    if (error instanceof SettingsError) throw new pulumi.RunError(`the configuration has faults:\n${error.message}`);
    if (error instanceof UserError) throw new pulumi.RunError(error.message);
    throw error;
  });
