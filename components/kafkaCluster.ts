import * as pulumi from "@pulumi/pulumi";
import {
  ensureKafkaArchive,
  ensureZooKeeperArchive,
  nodeArchive,
  opsBundle,
  pageArchive,
  programArchive,
  programFile,
} from "../artifacts/archives";
import { preflight } from "../aws/preflight";
import { clientProperties, type ClientProperties } from "../planning/cluster/clientProperties";
import { describeCluster } from "../planning/cluster/clusterDescription";
import { componentTypes } from "../planning/cluster/names";
import { copyingAhead } from "../planning/cluster/copying";
import { planCluster, type Plan } from "../planning/cluster/plan";
import { planTable } from "../planning/cluster/planText";
import { loadFaults, overloadFaults } from "../planning/capacity/overload";
import { instanceFacts } from "../planning/node/instanceTypes";
import { planTopics } from "../planning/placement/topics";
import type { ClusterSettingsArgs } from "../settings/clusterArgs";
import { throwFaults, type Warn } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { UserError } from "../settings/userError";
import { fromArguments, fromSettings } from "./clusterArguments";
import { ArtifactStore } from "./artifactStore";
import { ClientSettings } from "./clientSettings";
import { addressesOf, KafkaBrokerPool } from "./kafkaBrokerPool";
import { Monitoring } from "./monitoring";
import { Network } from "./network";
import { OpsHost } from "./opsHost";
import { Topics } from "./topics";
import { toldByArguments, toldBySettings, warnByArguments, warnBySettings } from "./userFacing";
import { ZooKeeperEnsemble } from "./zooKeeperEnsemble";

/** Arguments of a {@link KafkaCluster}. */
export interface KafkaClusterArgs extends ClusterSettingsArgs {
  /**
   * Volumes of an earlier cluster of this name that nodes take up with what is on them, by the nodes' names. When there
   * are such volumes, tagged as retained, and they are not given here, nothing is made and the error says what to give.
   *
   * @default none
   * @example { "kafka-3": "vol-0123456789abcdef0" }
   */
  readonly adoptVolumes?: Readonly<Record<string, string>>;
  /** The checked settings of a stack, in place of all other arguments; errors then name the stack's keys. */
  readonly settings?: Settings;
}

/**
 * A Kafka cluster on EC2 that survives the loss of any two brokers, or of a zone, and repairs itself: its network, a
 * ZooKeeper ensemble and brokers, each node an Auto Scaling group of one with a volume and an address that stay, a host
 * from which it is looked after, and its topics. With its defaults (eight t3.micro, 1 MB/s) about $90 a month for
 * machines and disks and $306 with all traffic, in us-east-1; `plan` has the cost of what is asked for.
 *
 * All is checked before anything is made: the arguments against each other, the declared load against the machines, and
 * both against AWS and what exists, by the component's provider. Where an argument comes from a resource that is yet to
 * be made, such as a VPC, the look at AWS waits for the update. Every fault is in one error.
 *
 * Tags of the provider reach no instance and no volume that Auto Scaling makes: give them as `tags`. What no argument
 * changes can be changed by the option `transforms`, which Pulumi hands on to every part.
 *
 * @example
 * const kafka = new KafkaCluster("events", {
 *   network: { vpcId: vpc.vpcId, subnetIds: vpc.privateSubnetIds, opsSubnetId: vpc.publicSubnetIds[0] },
 *   access: { sshCidrs: ["203.0.113.7/32"] },
 *   brokers: { count: 5, instanceType: "m7g.xlarge", volumeGiB: 4096 },
 *   topics: [{ name: "clicks", partitions: 60, retentionHours: 48 }],
 * }); export const bootstrapServers = kafka.bootstrapServers;
 */
export class KafkaCluster extends pulumi.ComponentResource {
  /** The VPC with its subnets, security groups and private DNS zone. */
  readonly network: Network;
  /** The bucket with the archives that nodes fetch. */
  readonly artifacts: ArtifactStore;
  /** The host from which the cluster is looked after. */
  readonly opsHost: OpsHost;
  /** The volume for metrics and the topic of alerts; undefined without monitoring. */
  readonly monitoring: Monitoring | undefined;
  /** The ZooKeeper ensemble. */
  readonly zookeeper: ZooKeeperEnsemble;
  /** The brokers. */
  readonly kafka: KafkaBrokerPool;
  /** The topics that the program keeps. */
  readonly topics: Topics;
  /** What clients need, in Parameter Store, for applications that don't know Pulumi. */
  readonly clientSettings: ClientSettings;
  /** `host:port` of every broker, comma-separated. The output resolves when the cluster is ready and has its topics. */
  readonly bootstrapServers: pulumi.Output<string>;
  /** Client settings that applications copy, for Java and for kafkajs. */
  readonly clientProperties: pulumi.Output<ClientProperties>;
  /** Id of the security group that applications take on to reach the brokers. */
  readonly clientSecurityGroupId: pulumi.Output<string>;
  /** What the cluster carries, survives and costs. */
  readonly plan: pulumi.Output<Plan>;
  /** Id of the brokers' image. */
  readonly imageId: pulumi.Output<string>;

  /**
   * @param name the name of the cluster, and the beginning of the names of all that is made for it
   * @param args what the cluster is to be; only `access.sshCidrs` must be given
   */
  constructor(name: string, args: KafkaClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentTypes.kafkaCluster, name, {}, options);
    const own = { parent: this };
    const { settings: stackSettings, adoptVolumes = {}, ...others } = args;
    const told = stackSettings ? toldBySettings : toldByArguments;
    const warn = stackSettings ? warnBySettings : warnByArguments;
    const declared = stackSettings ? fromSettings(stackSettings) : told(() => fromArguments(name, others, own, told));
    const { structure, draft } = declared;

    this.plan = draft
      ? pulumi.output(told(() => checkedPlan(draft, warn)))
      : declared.settings.apply((settings) => told(() => checkedPlan(settings, warn)));
    // Nothing is made before all is checked: whatever a part is given comes from here.
    const checked = pulumi.all([declared.settings, this.plan]).apply(([settings, plan]) =>
      told(async () => {
        await requirePulumi();
        const found = await preflight(settings, adoptVolumes, { name, options: own, warn });
        const copying = copyingAhead(settings, plan, found.existingNodes);
        if (copying !== undefined) void pulumi.log.info(copying);
        return { settings, ...found };
      }),
    );
    const { settings, nodes, images, volumeKeyArn } = checked;
    const identity = {
      clusterName: settings.clusterName,
      region: settings.region,
      tags: settings.tags,
      permissionsBoundary: settings.permissionsBoundary,
    };
    const { zones } = structure;
    const existing = checked.apply(({ existingVpc }) => existingVpc);

    this.network = new Network(
      `${name}-network`,
      {
        ...identity,
        zones,
        sshCidrs: structure.sshCidrs,
        clientCidrs: structure.clientCidrs,
        clientRoutes: structure.clientRoutes,
        dnsVpcIds: structure.dnsVpcIds,
        plan: checked.network,
        domain: settings.network.domain,
        flowLogDestination: structure.flowLogs ? settings.network.flowLogs : undefined,
        vpcId: structure.existingVpc ? settings.network.vpcId : undefined,
        internetGatewayId: existing.apply((vpc) => vpc?.internetGatewayId ?? ""),
        subnets: structure.existingSubnets
          ? {
              nodes: settings.network.subnetIds,
              ops: settings.network.opsSubnetId,
              s3PrefixListId: existing.apply((vpc) => vpc?.s3PrefixListId ?? ""),
            }
          : undefined,
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
        nodeExporters: structure.monitoring
          ? {
              kafka: settings.apply((all) => nodeExporter(all, all.brokers.instanceType)),
              zookeeper: settings.apply((all) => nodeExporter(all, all.zookeeper.instanceType)),
            }
          : undefined,
      },
      own,
    );
    this.monitoring = structure.monitoring
      ? new Monitoring(
          `${name}-monitoring`,
          {
            ...identity,
            zone: checked.network.opsSubnet.zone,
            volumeGiB: settings.monitoring.volumeGiB,
            volumeKeyArn,
            topicArn: structure.existingTopic ? settings.monitoring.alertTopicArn : undefined,
            emails: structure.alertEmails,
          },
          own,
        )
      : undefined;
    this.opsHost = new OpsHost(
      `${name}-ops`,
      {
        ...identity,
        instanceType: settings.opsHost.instanceType,
        image: images.opsHost,
        volumeKeyArn,
        subnetId: this.network.opsSubnetId,
        zone: checked.network.opsSubnet.zone,
        securityGroupId: this.network.securityGroupIds.ops,
        ec2EndpointUrl: this.network.ec2EndpointUrl,
        keyPair: structure.ownKeyPair
          ? { publicKey: settings.access.sshPublicKey, privateKey: declared.sshPrivateKey }
          : undefined,
        bundle: settings.apply(() => opsBundle()),
        page: settings.apply(() => pageArchive()),
        artifacts: this.artifacts,
        cluster: pulumi
          .all([settings, nodes, this.artifacts.bucketName])
          .apply(([all, planned, bucket]) => describeCluster(all, bucket, planned)),
        monitoring: this.monitoring && {
          parts: this.monitoring,
          programs: settings.apply(opsPrograms),
          remoteWriteUrl: settings.monitoring.remoteWriteUrl,
        },
        bootNeeds: [this.network],
      },
      own,
    );
    this.monitoring?.watchHeartbeat([this.opsHost.refreshed]);
    const pool = {
      ...identity,
      zones,
      settings,
      nodes,
      volumeKeyArn,
      network: this.network,
      artifacts: this.artifacts,
      opsHost: this.opsHost,
      dataProtection: structure.dataProtection,
      adoptVolumes,
    };
    this.zookeeper = new ZooKeeperEnsemble(
      `${name}-zookeeper`,
      { ...pool, count: structure.zookeeperCount, image: images.zookeeper, wasStarted: checked.ensembleStarted },
      own,
    );
    this.kafka = new KafkaBrokerPool(
      `${name}-kafka`,
      { ...pool, count: structure.brokerCount, image: images.brokers, zookeeper: this.zookeeper },
      own,
    );
    const topics = settings.apply(planTopics);
    const { adminAddresses } = settings.access;
    this.topics = new Topics(
      `${name}-topics`,
      { topics, adminAddresses, opsHost: this.opsHost, after: [this.kafka] },
      own,
    );

    this.imageId = images.brokers.id;
    this.clientSecurityGroupId = this.network.securityGroupIds.client;
    this.clientProperties = pulumi.all([this.kafka.brokers, topics]).apply(([all, topics]) =>
      clientProperties(
        all.map(({ address }) => address),
        Math.max(1, ...topics.map(({ partitions }) => partitions)),
      ),
    );
    this.bootstrapServers = pulumi.all([this.kafka.bootstrapServers, this.topics.ready]).apply(([servers]) => servers);
    this.clientSettings = new ClientSettings(
      `${name}-client-settings`,
      {
        ...identity,
        topicParameters: structure.topicParameters,
        outputs: pulumi.output({
          bootstrapServers: this.kafka.brokers.apply(addressesOf),
          brokers: this.kafka.brokers,
          topics: this.topics.outputs,
          clientSecurityGroupId: this.clientSecurityGroupId,
          clientProperties: this.clientProperties,
        }),
        after: [this.topics],
      },
      own,
    );
    this.registerOutputs({ bootstrapServers: this.bootstrapServers });
  }
}

/** The command lines whose engine does all that the components ask of it, as `replaceWith`; older ones pass it over. */
const pulumiVersions = ">=3.230.0 <4.0.0";

async function requirePulumi(): Promise<void> {
  await pulumi.requirePulumiVersion(pulumiVersions).catch(({ message }: Error) => {
    throw new UserError(`Pulumi ${pulumiVersions} is needed: install another version of its command line (${message})`);
  });
}

/** The plan of settings that can be carried out. Throws a `SettingsError` for a load that the brokers can't carry. */
function checkedPlan(settings: Settings, warn: Warn): Plan {
  const plan = planCluster(settings);
  throwFaults(loadFaults(settings, plan));
  void pulumi.log.info(`plan\n${planTable([{ title: "", plan }])}`);
  if (settings.allowOverload) warn(...overloadFaults(settings, plan));
  return plan;
}

function nodeExporter(settings: Settings, instanceType: string) {
  return programArchive("node_exporter", instanceFacts(instanceType, settings).architecture);
}

/** The programs of the ops host's monitoring, for its architecture. */
async function opsPrograms(settings: Settings) {
  const { architecture } = instanceFacts(settings.opsHost.instanceType, settings);
  const [prometheus, alertmanager, amtool, node_exporter] = await Promise.all([
    programFile("prometheus", architecture),
    programFile("alertmanager", architecture),
    programFile("amtool", architecture),
    programFile("node_exporter", architecture),
  ]);
  return { prometheus, alertmanager, amtool, node_exporter };
}
