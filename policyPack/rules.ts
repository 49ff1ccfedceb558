/** The rules: pure, over one resource as the program asks the engine for it. */

/** A resource that is to be made or changed. */
export interface Planned {
  /** Pulumi's type token, `aws:ec2/vpc:Vpc`. */
  readonly type: string;
  readonly name: string;
  /** Its inputs. */
  readonly props: Readonly<Record<string, unknown>>;
  /** The resource option `protect`. */
  readonly isProtected: boolean;
}

/** One rule of the pack. */
export interface Rule {
  /** The name by which the engine reports it, and by which a configuration of the pack changes it. */
  readonly name: string;
  readonly description: string;
  /** Each fault of the resource by its property and the remedy; none: the rule holds. */
  readonly faultsOf: (planned: Planned) => readonly string[];
}

/** Keys of tags; the program has them in planning/cluster/names.ts. */
const tagKeys = { cluster: "kafka-on-ec2:cluster", node: "kafka-on-ec2:node", volume: "kafka-on-ec2:volume" } as const;

type Props = Planned["props"];

const list = (value: unknown): readonly Props[] => (Array.isArray(value) ? (value as Props[]) : []);
const map = (value: unknown): Props => (typeof value === "object" && value !== null ? (value as Props) : {});
/** Compares as text: Pulumi takes "true" for true, and "1" for 1. */
const differs = (value: unknown, wanted: unknown) => String(value) !== String(wanted);

/** A rule over one type of resource. */
function rule(
  name: string,
  type: string,
  description: string,
  faultsOf: (props: Props, planned: Planned) => readonly (string | false)[],
): Rule {
  return {
    name,
    description,
    faultsOf: (planned) =>
      planned.type === type ? faultsOf(planned.props, planned).filter((fault) => fault !== false) : [],
  };
}

/** What a security group lets in, by each of the three resources that can say so. */
const sourcesOf: Readonly<Record<string, (props: Props) => readonly unknown[]>> = {
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ({ cidrIpv4, cidrIpv6 }) => [cidrIpv4, cidrIpv6],
  "aws:ec2/securityGroupRule:SecurityGroupRule": (props) => (props.type === "ingress" ? blocksOf(props) : []),
  "aws:ec2/securityGroup:SecurityGroup": ({ ingress }) => list(ingress).flatMap(blocksOf),
};
const blocksOf = ({ cidrBlocks, ipv6CidrBlocks }: Props) => [...list(cidrBlocks), ...list(ipv6CidrBlocks)];

const taggable = new Set([
  "aws:autoscaling/group:Group",
  "aws:cloudwatch/eventRule:EventRule",
  "aws:cloudwatch/metricAlarm:MetricAlarm",
  "aws:ebs/volume:Volume",
  "aws:ec2/eip:Eip",
  "aws:ec2/internetGateway:InternetGateway",
  "aws:ec2/launchTemplate:LaunchTemplate",
  "aws:ec2/networkInterface:NetworkInterface",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/vpc:Vpc",
  "aws:ec2/vpcEndpoint:VpcEndpoint",
  "aws:iam/instanceProfile:InstanceProfile",
  "aws:iam/policy:Policy",
  "aws:iam/role:Role",
  "aws:route53/zone:Zone",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketObjectv2:BucketObjectv2",
  "aws:sns/topic:Topic",
  "aws:ssm/parameter:Parameter",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
]);

/** The rules that hold for every cluster. */
export const rules: readonly Rule[] = [
  rule("volumes-encrypted", "aws:ebs/volume:Volume", "Every volume is encrypted.", ({ encrypted }) => [
    differs(encrypted, true) && "encrypted is not true: set it, and kmsKeyId for a key of your own",
  ]),
  rule(
    "root-volumes-encrypted",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "Every instance has its disks encrypted.",
    ({ blockDeviceMappings }) => {
      const disks = list(blockDeviceMappings).filter(({ ebs }) => ebs !== undefined);
      if (disks.length === 0) return ["blockDeviceMappings has no disk, so the image's decide: list them, encrypted"];
      return disks.map(
        ({ ebs, deviceName }) =>
          differs(map(ebs).encrypted, true) &&
          `blockDeviceMappings: ebs.encrypted of ${String(deviceName)} is not true: set it`,
      );
    },
  ),
  rule(
    "imdsv2",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "Every instance answers to IMDSv2 only.",
    ({ metadataOptions }) => [
      differs(map(metadataOptions).httpTokens, "required") && 'metadataOptions.httpTokens is not "required": set it',
    ],
  ),
  rule(
    "no-public-address",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "No instance starts with a public address.",
    ({ networkInterfaces }) =>
      list(networkInterfaces).map(
        ({ associatePublicIpAddress }) =>
          String(associatePublicIpAddress) === "true" &&
          "networkInterfaces: associatePublicIpAddress is true: leave it out",
      ),
  ),
  rule("no-public-subnet", "aws:ec2/subnet:Subnet", "No subnet gives public addresses.", ({ mapPublicIpOnLaunch }) => [
    String(mapPublicIpOnLaunch) === "true" && "mapPublicIpOnLaunch is true: leave it out",
  ]),
  rule("no-node-address", "aws:ec2/eip:Eip", "The ops host alone has a public address.", ({ tags }) => {
    const node = map(tags)[tagKeys.node];
    return [
      node !== undefined &&
        node !== "ops" &&
        "tags name another node than the ops host, which would be seen from the internet: delete it",
    ];
  }),
  {
    name: "no-open-port",
    description: "No port is open to the world.",
    faultsOf: ({ type, props }) =>
      (sourcesOf[type]?.(props) ?? [])
        .filter((source) => String(source).endsWith("/0"))
        .map((source) => `${String(source)} is everywhere: name the networks that may come in`),
  },
  rule(
    "volumes-protected",
    "aws:ebs/volume:Volume",
    "A data volume is deleted by nobody's mistake.",
    ({ tags }, { isProtected }) => [
      map(tags)[tagKeys.volume] === "data" &&
        !isProtected &&
        "not protected: set dataProtection, or disable this rule for a stack without data of value",
    ],
  ),
  rule("groups-of-one", "aws:autoscaling/group:Group", "An instance ends before the next one starts.", (props) => {
    const { minHealthyPercentage: least, maxHealthyPercentage: most } = map(props.instanceMaintenancePolicy);
    return [
      (differs(props.minSize, 1) || differs(props.maxSize, 1)) &&
        "minSize and maxSize are not both 1: a group keeps one node, which has one volume and one address",
      (differs(least, 0) || differs(most, 100)) &&
        "instanceMaintenancePolicy is not 0 to 100 percent: two instances can't hold one volume",
    ];
  }),
  {
    name: "tagged",
    description: "What can have tags has the cluster's, by which the deployer's rights are limited.",
    faultsOf: ({ type, props: { tags } }) => {
      const keys = Array.isArray(tags) ? list(tags).map(({ key }) => key) : Object.keys(map(tags));
      return taggable.has(type) && !keys.includes(tagKeys.cluster) ? [`tags lack ${tagKeys.cluster}: add it`] : [];
    },
  },
];
