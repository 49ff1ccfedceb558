/**
 * Where each action is allowed: the narrowest that AWS knows for it ("Service Authorization Reference"), by names and
 * tags.
 */
import { clientSettingsPath } from "../planning/cluster/clientParameters";
import { tagKeys } from "../planning/cluster/names";

/** The names that the policies are narrowed to. */
export interface PolicyNames {
  /** `clusterName`. */
  readonly cluster: string;
  readonly region: string;
  /** The number of the AWS account. */
  readonly account: string;
  /** `dnsDomain`. */
  readonly domain: string;
  /** `vpcId`; absent where the program makes the VPC. */
  readonly vpcId?: string;
}

/** The names in the committed files: AWS refuses an ARN with such an account, so nobody attaches them unfilled. */
export const placeholders: PolicyNames = {
  cluster: "CLUSTER",
  region: "REGION",
  account: "ACCOUNT",
  domain: "DOMAIN",
};

/** The conditions of a statement: operator -> key -> values. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

interface Place {
  readonly resources: readonly string[];
  readonly conditions?: Conditions;
}

const requestTag = `aws:RequestTag/${tagKeys.cluster}`;
const resourceTag = `aws:ResourceTag/${tagKeys.cluster}`;

/** The scopes by the name that the statement has in a policy. */
export const scopes = {
  /** AWS has nothing narrower for these. */
  Look: () => ({ resources: ["*"] }),

  /** What AWS narrows by nothing but the region. */
  InRegion: ({ region }) => ({ resources: ["*"], conditions: { StringEquals: { "ec2:Region": region } } }),

  /** What is made has to carry the cluster's tag … */
  Make: (names) => ({
    resources: [`${ec2(names)}:*/*`],
    conditions: { StringEquals: { [requestTag]: names.cluster } },
  }),
  /** … which the call that makes it gives, and no other call gives to what has it not … */
  TagAtMaking: (names) => ({
    resources: [`${ec2(names)}:*/*`],
    conditions: {
      StringEquals: { [requestTag]: names.cluster },
      // EC2's name of the call that makes the thing.
      Null: { "ec2:CreateAction": "false" },
    },
  }),
  /** … and only what carries it is changed, used or deleted. */
  Own: (names) => ({
    resources: [`${ec2(names)}:*/*`],
    conditions: { StringEquals: { [resourceTag]: names.cluster } },
  }),
  /** The security group that comes with a VPC: nothing tells it from others that belong to no cluster. */
  DefaultGroups: (names) => ({
    resources: ["security-group", "security-group-rule"].map((kind) => `${ec2(names)}:${kind}/*`),
    conditions: { Null: { [resourceTag]: "true" } },
  }),
  /** A VPC that is not the cluster's: things are made in it, it is not changed. */
  GivenVpc: (names) => (names.vpcId === undefined ? undefined : { resources: [`${ec2(names)}:vpc/${names.vpcId}`] }),

  /** Auto Scaling starts the cluster's instances for who makes a group: from its own templates … */
  OwnTemplates: (names) => ({
    resources: [`${ec2(names)}:launch-template/*`],
    conditions: { StringEquals: { [resourceTag]: names.cluster } },
  }),
  /** … and whatever those name. */
  FromTemplates: (names) => ({
    resources: [
      `arn:aws:ec2:${names.region}::image/*`,
      ...["instance", "network-interface", "security-group", "subnet", "volume"].map(
        (kind) => `${ec2(names)}:${kind}/*`,
      ),
    ],
    conditions: { ArnLike: { "ec2:LaunchTemplate": `${ec2(names)}:launch-template/*` } },
  }),

  Groups: ({ cluster, region, account }) => ({
    resources: [`arn:aws:autoscaling:${region}:${account}:autoScalingGroup:*:autoScalingGroupName/${cluster}-*`],
  }),
  Roles: ({ cluster, region, account }) => ({
    resources: ["role", "instance-profile"].map((kind) => `arn:aws:iam::${account}:${kind}/${cluster}-${region}-*`),
  }),
  Policies: ({ cluster, region, account }) => ({
    resources: [`arn:aws:iam::${account}:policy/${cluster}-${region}-*`],
  }),
  PassRoles: ({ cluster, region, account }) => ({
    resources: [`arn:aws:iam::${account}:role/${cluster}-${region}-*`],
    conditions: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
  }),
  AutoScalingsRole: ({ account }) => ({
    resources: [`arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`],
    conditions: { StringEquals: { "iam:AWSServiceName": "autoscaling.amazonaws.com" } },
  }),
  /** Whether it is there yet. */
  AutoScalingsRoleThere: ({ account }) => ({
    resources: [`arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`],
  }),
  Parameters: ({ cluster, region, account }) => ({
    resources: [cluster, clientSettingsPath(cluster).slice(1)].map(
      (path) => `arn:aws:ssm:${region}:${account}:parameter/${path}/*`,
    ),
  }),

  /** The topic of alerts, and its subscriptions. */
  Topic: ({ cluster, region, account }) => ({
    resources: ["", ":*"].map((more) => `arn:aws:sns:${region}:${account}:${cluster}-alerts${more}`),
  }),
  Alarms: ({ cluster, region, account }) => ({
    resources: [`arn:aws:cloudwatch:${region}:${account}:alarm:${cluster}-*`],
  }),
  Rules: ({ cluster, region, account }) => ({ resources: [`arn:aws:events:${region}:${account}:rule/${cluster}-*`] }),

  /** The operator's key alone, not the ops host's own and its key for the nodes. */
  OperatorKey: ({ cluster, region, account }) => ({
    resources: [`arn:aws:ssm:${region}:${account}:parameter/${cluster}/ops/operator-key`],
  }),

  /** Amazon's own, which name its images. */
  PublicParameters: ({ region }) => ({ resources: [`arn:aws:ssm:${region}::parameter/aws/service/*`] }),

  /** The bucket's name ends in eight digits that nobody knows before. */
  Bucket: ({ cluster }) => ({ resources: [`arn:aws:s3:::${cluster}-????????`] }),
  Objects: ({ cluster }) => ({ resources: [`arn:aws:s3:::${cluster}-????????/*`] }),

  /** Route 53 gives zones names that nobody knows before, and has no conditions on their tags. */
  Zones: () => ({ resources: ["arn:aws:route53:::hostedzone/*", "arn:aws:route53:::change/*"] }),
  Records: ({ domain }) => ({
    resources: ["arn:aws:route53:::hostedzone/*"],
    conditions: {
      "ForAllValues:StringLike": { "route53:ChangeResourceRecordSetsNormalizedRecordNames": [`*.${domain}`] },
    },
  }),

  /** A client host carries the cluster's tag and its job's … */
  ClientHosts: (names) => ({
    resources: ["instance", "volume"].map((kind) => `${ec2(names)}:${kind}/*`),
    conditions: {
      StringEquals: { [requestTag]: names.cluster },
      StringLike: { [`aws:RequestTag/${tagKeys.job}`]: "*" },
    },
  }),
  /** … is put into the cluster's subnets and groups, and gets no role: the operator may pass none. */
  ClientHostsPlace: (names) => ({
    resources: ["security-group", "subnet"].map((kind) => `${ec2(names)}:${kind}/*`),
    conditions: { StringEquals: { [resourceTag]: names.cluster } },
  }),
  ClientHostsParts: (names) => ({
    resources: [`arn:aws:ec2:${names.region}::image/*`, `${ec2(names)}:network-interface/*`],
  }),
  OwnInstances: (names) => ({
    resources: [`${ec2(names)}:instance/*`],
    conditions: { StringEquals: { [resourceTag]: names.cluster } },
  }),
  /** What jobs and commands write. Not the archives, the ops host's tools and what is known of the cluster. */
  JobObjects: ({ cluster }) => ({
    resources: ["jobs/*", "state/drill.json", "state/smoke-passed.json"].map(
      (key) => `arn:aws:s3:::${cluster}-????????/${key}`,
    ),
  }),
} as const satisfies Record<string, (names: PolicyNames) => Place | undefined>;

/** The name of a scope. */
export type Scope = keyof typeof scopes;

function ec2({ region, account }: PolicyNames): string {
  return `arn:aws:ec2:${region}:${account}`;
}

/** Actions that only look, for which AWS mostly has no resources. */
const looks = new RegExp(
  [
    "^(ec2|autoscaling):Describe|^servicequotas:Get|^ec2:Get",
    "^ssm:DescribeParameters$|^kms:DescribeKey$|^cloudwatch:DescribeAlarms$",
    "^sns:ListTopics$|^sns:GetSubscriptionAttributes$",
  ].join("|"),
);

/** Actions on managed policies, which are no role's. */
const onPolicies = /^iam:\w+(?<!Role)Policy(Versions?)?$/;

/** Actions that make something, and are also asked about what it is made in or of. */
const makes: Readonly<Record<string, readonly Scope[]>> = {
  "ec2:AllocateAddress": ["Make"],
  "ec2:AuthorizeSecurityGroupEgress": ["Make", "Own"],
  "ec2:AuthorizeSecurityGroupIngress": ["Make", "Own"],
  "ec2:CreateFlowLogs": ["Make", "Own"],
  "ec2:CreateInternetGateway": ["Make"],
  "ec2:CreateLaunchTemplate": ["Make"],
  "ec2:CreateNetworkInterface": ["Make", "Own"],
  "ec2:CreateRouteTable": ["Make", "Own", "GivenVpc"],
  "ec2:CreateSecurityGroup": ["Make", "Own", "GivenVpc"],
  "ec2:CreateSubnet": ["Make", "Own", "GivenVpc"],
  "ec2:CreateTags": ["TagAtMaking", "Own"],
  "ec2:CreateVolume": ["Make"],
  "ec2:CreateVpc": ["Make"],
  "ec2:CreateVpcEndpoint": ["Make", "Own", "GivenVpc"],
  "ec2:RunInstances": ["OwnTemplates", "FromTemplates"],
  "ec2:RevokeSecurityGroupEgress": ["Own", "DefaultGroups"],
  "ec2:RevokeSecurityGroupIngress": ["Own", "DefaultGroups"],
};

const others: Readonly<Record<string, readonly Scope[]>> = {
  "ec2:CreateSubnetCidrReservation": ["InRegion"],
  "ec2:DeleteSubnetCidrReservation": ["InRegion"],
  "iam:PassRole": ["PassRoles"],
  "logs:CreateLogDelivery": ["Look"],
  "logs:DeleteLogDelivery": ["Look"],
  "iam:CreateServiceLinkedRole": ["AutoScalingsRole"],
  "iam:GetRole": ["Roles", "AutoScalingsRoleThere"],
  "route53:CreateHostedZone": ["Look"],
  "route53:ListHostedZones": ["Look"],
  "route53:ListHostedZonesByVPC": ["Look"],
  "route53:ChangeResourceRecordSets": ["Records"],
  "route53:ListHostedZonesByName": ["Look"],
  "ssm:GetParameter": ["Parameters", "PublicParameters"],
};

const byService: Readonly<Record<string, Scope>> = {
  autoscaling: "Groups",
  cloudwatch: "Alarms",
  ec2: "Own",
  events: "Rules",
  iam: "Roles",
  route53: "Zones",
  sns: "Topic",
  ssm: "Parameters",
};

/** The scopes in which the deployer may do this. @throws when there is no rule for the action's service */
export function deployerScopes(action: string): readonly Scope[] {
  const [service = "", name = ""] = action.split(":");
  const special = makes[action] ?? others[action];
  if (special !== undefined) return special;
  if (looks.test(action)) return ["Look"];
  if (service === "s3") return [/Object(Tagging|Version)?$|^AbortMultipartUpload$/.test(name) ? "Objects" : "Bucket"];
  if (onPolicies.test(action)) return ["Policies"];
  const scope = byService[service];
  if (scope === undefined) throw new Error(`policies/scopes.ts does not say where ${action} is allowed`);
  return [scope];
}

/**
 * The scopes in which the operator may do this: reading where the deployer may, changing only where it is laid down.
 * @throws otherwise
 */
export function operatorScopes(action: string): readonly Scope[] {
  const place = operatorPlaces[action];
  if (place !== undefined) return place;
  if (/:(Describe|Get|List)/.test(action)) return deployerScopes(action);
  throw new Error(`policies/scopes.ts does not say where the operator may do ${action}`);
}

const operatorPlaces: Readonly<Record<string, readonly Scope[]>> = {
  "ec2:CreateTags": ["TagAtMaking"],
  "ec2:GetConsoleOutput": ["OwnInstances"],
  "ec2:RunInstances": ["ClientHosts", "ClientHostsPlace", "ClientHostsParts"],
  "ec2:TerminateInstances": ["OwnInstances"],
  "s3:DeleteObject": ["JobObjects"],
  "s3:GetObject": ["Objects"],
  "s3:ListBucket": ["Bucket"],
  "s3:PutObject": ["JobObjects"],
  "ssm:GetParameter": ["OperatorKey", "PublicParameters"],
};
