import * as pulumi from "@pulumi/pulumi";
import { ensureKafkaArchive, ensureZooKeeperArchive, nodeArchive, opsBundle } from "../artifacts/archives";
import { preflight } from "../aws/preflight";
import { clientProperties, type ClientProperties } from "../planning/cluster/clientProperties";
import { describeCluster } from "../planning/cluster/clusterDescription";
import { componentTypes } from "../planning/cluster/names";
import { copyingAhead } from "../planning/cluster/copying";
import { planCluster, type Plan } from "../planning/cluster/plan";
import { planTable } from "../planning/cluster/planText";
import { loadFaults, overloadFaults } from "../planning/capacity/overload";
import { planNetwork } from "../planning/node/addresses";
import { planNodes } from "../planning/node/nodes";
import { planTopics } from "../planning/placement/topics";
import { throwFaults } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { warn } from "../settings/warnings";
import { ArtifactStore } from "./artifactStore";
import { KafkaBrokerPool } from "./kafkaBrokerPool";
import { Network } from "./network";
import { OpsHost } from "./opsHost";
import { Topics } from "./topics";
import { forUsers } from "./userFacing";
import { ZooKeeperEnsemble } from "./zooKeeperEnsemble";

export interface KafkaClusterArgs {
  readonly settings: Settings;
  readonly adoptVolumes?: Readonly<Record<string, string>>;
}

export class KafkaCluster extends pulumi.ComponentResource {
  readonly network: Network;
  readonly artifacts: ArtifactStore;
  readonly opsHost: OpsHost;
  readonly zookeeper: ZooKeeperEnsemble;
  readonly kafka: KafkaBrokerPool;
  readonly topics: Topics;
  /** `host:port` of every broker, comma-separated. Known as soon as the cluster is ready, its topics made. */
  readonly bootstrapServers: pulumi.Output<string>;
  /** What applications copy: client settings for Java and kafkajs. */
  readonly clientProperties: pulumi.Output<ClientProperties>;
  /** Security group of applications: who has it reaches the brokers. */
  readonly clientSecurityGroupId: pulumi.Output<string>;
  /** What it carries, survives and costs. */
  readonly plan: pulumi.Output<Plan>;
  readonly imageId: pulumi.Output<string>;

  constructor(name: string, args: KafkaClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentTypes.kafkaCluster, name, {}, options);
    const own = { parent: this };
    const { settings: given, adoptVolumes = {} } = args;
    const { brokers, zookeeper, network, access } = given;

    // Nothing is made before all is checked: whatever a part is given comes from here.
    const declared = pulumi.output(given);
    this.plan = declared.apply(forUsers(checkedPlan));
    const checked = pulumi.all([declared, this.plan]).apply(
      forUsers(async ([settings, plan]) => {
        const found = await preflight(settings, adoptVolumes, { name, options: own });
        const copying = copyingAhead(settings, plan, found.existingNodes);
        if (copying !== undefined) void pulumi.log.info(copying);
        return { settings, nodes: planNodes(settings), ...found };
      }),
    );
    const { settings, nodes, images, volumeKeyArn } = checked;
    const identity = { clusterName: settings.clusterName, region: settings.region };
    const zones = network.zones;

    this.network = new Network(
      `${name}-network`,
      {
        ...identity,
        zones,
        plan: settings.apply(planNetwork),
        domain: settings.network.domain,
        sshCidrs: access.sshCidrs,
        clientCidrs: access.clientCidrs,
        clientRoutes: network.clientRoutes,
        dnsVpcIds: network.dnsVpcIds,
        flowLogDestination: network.flowLogs || undefined,
        vpcId: network.vpcId || undefined,
        internetGatewayId: checked.apply(({ existingVpc }) => existingVpc?.internetGatewayId ?? ""),
      },
      own,
    );
    this.artifacts = new ArtifactStore(
      `${name}-artifacts`,
      {
        ...identity,
        archives: {
          kafka: settings.kafka.version.apply(ensureKafkaArchive),
          zookeeper: settings.zookeeper.version.apply(ensureZooKeeperArchive),
          node: settings.apply(() => nodeArchive()),
        },
      },
      own,
    );
    this.opsHost = new OpsHost(
      `${name}-ops`,
      {
        ...identity,
        instanceType: settings.opsHost.instanceType,
        image: images.opsHost,
        volumeKeyArn,
        subnetId: this.network.opsSubnetId,
        zone: settings.apply((all) => planNetwork(all).opsSubnet.zone),
        securityGroupId: this.network.securityGroupIds.ops,
        ec2EndpointUrl: this.network.ec2EndpointUrl,
        keyPair: access.sshPublicKey
          ? { publicKey: access.sshPublicKey, privateKey: pulumi.secret(access.sshPrivateKey) }
          : undefined,
        bundle: settings.apply(() => opsBundle()),
        artifacts: this.artifacts,
        cluster: pulumi
          .all([settings, this.artifacts.bucketName])
          .apply(([all, bucket]) => describeCluster(all, bucket)),
        bootNeeds: [this.network],
      },
      own,
    );
    const pool = {
      ...identity,
      zones,
      settings,
      nodes,
      volumeKeyArn,
      network: this.network,
      artifacts: this.artifacts,
      opsHost: this.opsHost,
      dataProtection: given.dataProtection,
      adoptVolumes,
    };
    this.zookeeper = new ZooKeeperEnsemble(
      `${name}-zookeeper`,
      { ...pool, count: zookeeper.count, image: images.zookeeper, wasStarted: checked.ensembleStarted },
      own,
    );
    this.kafka = new KafkaBrokerPool(
      `${name}-kafka`,
      { ...pool, count: brokers.count, image: images.brokers, zookeeper: this.zookeeper },
      own,
    );
    const topics = settings.apply(planTopics);
    this.topics = new Topics(`${name}-topics`, { topics, opsHost: this.opsHost, after: [this.kafka] }, own);

    this.imageId = images.brokers.id;
    this.clientSecurityGroupId = this.network.securityGroupIds.client;
    this.clientProperties = pulumi.all([this.kafka.brokers, topics]).apply(([all, topics]) =>
      clientProperties(
        all.map(({ address }) => address),
        Math.max(1, ...topics.map(({ partitions }) => partitions)),
      ),
    );
    this.bootstrapServers = pulumi.all([this.kafka.bootstrapServers, this.topics.ready]).apply(([servers]) => servers);
    this.registerOutputs({ bootstrapServers: this.bootstrapServers });
  }
}

/** The plan of settings that can be carried out. Throws a `SettingsError` for a load that the brokers can't carry. */
function checkedPlan(settings: Settings): Plan {
  const plan = planCluster(settings);
  throwFaults(loadFaults(settings, plan));
  void pulumi.log.info(`plan\n${planTable([{ title: "", plan }])}`);
  if (settings.allowOverload) warn(...overloadFaults(settings, plan));
  return plan;
}
