import { z } from "zod";
import { parseCidr } from "./cidr";
import { amount, checkedText, flag, list, once, pattern, shown, text, wholeNumber } from "./fields";
import { findInstanceFacts, knownInstanceTypes } from "./instanceTypes";
import { maximumBrokers } from "./networkLayout";
import { didYouMean } from "./nearest";
import { gp3 } from "./volumes";

/*
 * Every key of the configuration: what it accepts by itself. Rules between keys are in rules.ts, defaults in
 * defaults.ts (and, for `pulumi config`, in Pulumi.yaml; a test holds the two together).
 */

/** Of a type without facts: `pulumi preview` asks EC2 about it first, whoever can't leaves it to that. */
export const unknownType = "is not a known instance type";

function instanceType(purpose: string) {
  return checkedText((type) =>
    findInstanceFacts(type)
      ? undefined
      : `"${type}" ${unknownType}${didYouMean(type, knownInstanceTypes)}; choose one of settings/instanceTypes.ts for ${purpose}`,
  );
}

/** AWS's limits for a VPC's and a subnet's block. */
function networkBlock(what: string) {
  return checkedText((value) => {
    const cidr = parseCidr(value);
    if (typeof cidr === "string") return cidr;
    if (cidr.prefix < 16 || cidr.prefix > 28) return `${value} is /${cidr.prefix}; AWS takes /16 to /28 for ${what}`;
    return undefined;
  });
}

const accessBlock = checkedText((value) => {
  const cidr = parseCidr(value);
  return typeof cidr === "string" ? cidr : undefined;
});

/** The target is a gateway that leads to machines outside the VPC: a peering, a transit or a virtual private one. */
const clientRoute = z.strictObject(
  {
    cidr: accessBlock,
    target: pattern(
      /^(pcx|tgw|vgw)-[0-9a-f]{8,17}$/,
      "the id of a peering connection (pcx-…), a transit gateway (tgw-…) or a virtual private gateway (vgw-…)",
    ),
  },
  {
    error: (issue) =>
      issue.code === "invalid_type" ? `${shown(issue.input)} is not a route; write {cidr: …, target: …}` : undefined,
  },
);

const dnsVpc = pattern(
  /^([a-z]{2}(-[a-z]+)+-\d\/)?vpc-[0-9a-f]{8,17}$/,
  "a VPC id such as vpc-0123456789abcdef0, or eu-west-1/vpc-0123456789abcdef0 in another region",
);

function volumeGiB(purpose: string) {
  return wholeNumber({
    min: 8,
    max: gp3.largestGiB,
    below: `${purpose} needs 8 GiB or more`,
    above: `gp3 volumes end at ${gp3.largestGiB} GiB`,
  });
}

function heapMiB(example: number) {
  return wholeNumber({ min: 0, max: 65536, below: "give 0 for automatic" }).refine(
    (value) => value === 0 || value >= 256,
    {
      error: ({ input }) => `${shown(input)} is below 256; give 0 for automatic, or e.g. ${example}`,
    },
  );
}

/** Kafka's rule for topic names; names that begin with two underscores are Kafka's own. */
const topicName = checkedText((name) => {
  if (name === "") return "the name is empty; give letters, digits, '.', '_' or '-'";
  if (name === "." || name === "..") return `"${name}" is not allowed as a topic name; choose another`;
  if (name.length > 249) return `${shown(name)} has ${name.length} characters; Kafka takes 249 at most`;
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    return `${shown(name)} has other characters than letters, digits, '.', '_' and '-'; rename it`;
  if (name.startsWith("__")) return `"${name}" starts with "__", which Kafka keeps for itself; rename it`;
  return undefined;
});

const topicConfigValue = z.preprocess(
  (value) => (typeof value === "number" || typeof value === "boolean" ? String(value) : value),
  z.string({
    error: ({ input }) => `${shown(input)} is not a text, number or boolean; give the value as Kafka writes it`,
  }),
);

export const cleanupPolicies = ["delete", "compact", "compact,delete"] as const;

const topic = z.strictObject(
  {
    name: topicName,
    partitions: wholeNumber({ min: 1, max: 4000, below: "a topic has at least 1 partition" }),
    retentionHours: wholeNumber({ min: 1, max: 876000, below: "events are kept for at least 1 hour" }),
    retentionGiB: wholeNumber({ min: 1, max: 1_000_000, below: "leave it out for no limit by size" }).optional(),
    cleanupPolicy: z
      .enum(cleanupPolicies, {
        error: ({ input }) => `${shown(input)} is not a cleanup policy; give ${cleanupPolicies.join(" or ")}`,
      })
      .default("delete"),
    config: z
      .record(z.string(), topicConfigValue, {
        error: ({ input }) => `${shown(input)} is not a map of Kafka settings; write {key: value}`,
      })
      .default({}),
  },
  {
    error: (issue) =>
      issue.code === "invalid_type"
        ? `${shown(issue.input)} is not a topic; write {name: …, partitions: …, retentionHours: …}`
        : undefined,
  },
);

export const topicKeys: readonly string[] = Object.keys(topic.shape);

const brokerConfigEntry = checkedText((entry) =>
  /^[a-z][a-z0-9.]*=\S.*$/.test(entry) ? undefined : `${shown(entry)} is not key=value; write e.g. "num.io.threads=16"`,
);

export const fields = {
  clusterName: pattern(
    /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
    "a name of 1 to 32 lower-case letters, digits and '-', starting with a letter",
    "kafka-<stack>",
  ),
  vpcCidr: networkBlock("a VPC"),
  vpcId: pattern(/^vpc-[0-9a-f]{8,17}$/, "a VPC id such as vpc-0123456789abcdef0", "a new VPC"),
  availabilityZones: list(text(), '["us-east-1a", "us-east-1b", "us-east-1c"]')
    .superRefine((zones, context) => {
      if (zones.length < 3) {
        context.addIssue({
          code: "custom",
          message: `${shown(zones)} has ${zones.length} zones; 3 or more are needed to lose one and keep a ZooKeeper majority`,
        });
      }
    })
    .superRefine(once("zone")),
  nodeSubnetCidrs: list(networkBlock("a subnet"), '["10.20.0.0/20", "10.20.16.0/20", "10.20.32.0/20"]'),
  opsSubnetCidr: checkedText((value) => {
    if (value === "") return undefined;
    const cidr = parseCidr(value);
    if (typeof cidr === "string") return cidr;
    return cidr.prefix < 16 || cidr.prefix > 28
      ? `${value} is /${cidr.prefix}; AWS takes /16 to /28 for a subnet`
      : undefined;
  }),
  dnsDomain: checkedText((domain) => {
    if (!/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(domain)) {
      return `"${domain}" is not a domain name; write lower-case labels with dots, e.g. kafka.internal`;
    }
    return /(^|\.)(amazonaws\.com|compute\.internal|ec2\.internal)$/.test(domain)
      ? `"${domain}" is AWS's own name for hosts in a VPC; choose another, e.g. kafka.internal`
      : undefined;
  }),
  clientRoutes: list(clientRoute, '[{"cidr": "10.30.0.0/16", "target": "pcx-0123456789abcdef0"}]').superRefine(
    once("block", ({ cidr }) => cidr, "cidr"),
  ),
  dnsVpcIds: list(dnsVpc, '["vpc-0123456789abcdef0", "eu-west-1/vpc-0123456789abcdef1"]').superRefine(once("VPC")),
  flowLogDestination: pattern(
    /^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[A-Za-z0-9!_.*'()/=-]*)?$/,
    "the ARN of an S3 bucket, with a folder or without, e.g. arn:aws:s3:::my-logs/kafka/",
    "no flow logs",
  ),
  sshCidrs: list(accessBlock, '["203.0.113.7/32"]').refine((cidrs) => cidrs.length > 0, {
    error:
      'empty, so nobody, the health gates included, could reach the ops host by SSH; give your own block, e.g. ["203.0.113.7/32"]',
  }),
  clientCidrs: list(accessBlock, '["10.30.0.0/16"]'),
  allowAnywhere: flag(),
  sshPublicKey: pattern(
    // AWS imports RSA and ED25519 keys, no others.
    /^(ssh-ed25519|ssh-rsa) [A-Za-z0-9+/]{60,}={0,3}( .*)?$/,
    'an OpenSSH public key ("ssh-ed25519 AAAA…" or "ssh-rsa AAAA…")',
    "a key pair made by the program",
  ),
  // The value must never be shown.
  sshPrivateKey: checkedText((key) => {
    if (key === "") return undefined;
    if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key))
      return "(hidden) is not a private key in PEM; give the text of the key file, as a secret";
    return key.includes("ENCRYPTED") ? "(hidden) has a passphrase; give a key without one, as a secret" : undefined;
  }),
  brokerCount: wholeNumber({
    min: 3,
    max: maximumBrokers,
    below: "a cluster that survives the loss of a broker and of a zone has 3 or more",
    above: `the subnets' fixed addresses hold ${maximumBrokers} brokers`,
  }),
  brokerMinimumRunning: wholeNumber({ min: 1, max: maximumBrokers, below: "at least one broker must run" }),
  replicationFactor: wholeNumber({
    min: 2,
    max: 10,
    below: "with 1 copy every broker lost takes data with it: give minInsyncReplicas plus the failures to survive",
  }),
  minInsyncReplicas: wholeNumber({
    min: 1,
    max: 9,
    below: "an acknowledged event is on at least one broker",
  }),
  brokerInstanceType: instanceType("the brokers"),
  brokerVolumeGiB: volumeGiB("a broker's volume"),
  brokerVolumeThroughputMiBps: wholeNumber({
    min: gp3.includedMiBps,
    max: gp3.largestMiBps,
    below: `gp3 includes ${gp3.includedMiBps} MiB/s and takes no less`,
    above: `gp3 ends at ${gp3.largestMiBps} MiB/s`,
  }),
  brokerVolumeIops: wholeNumber({
    min: gp3.includedIops,
    max: gp3.largestIops,
    below: `gp3 includes ${gp3.includedIops} IOPS and takes no less`,
    above: `gp3 ends at ${gp3.largestIops} IOPS`,
  }),
  brokerHeapMiB: heapMiB(6144),
  brokerConfig: list(brokerConfigEntry, '["num.io.threads=16"]'),
  workloadIngestMBps: amount({
    min: 0.001,
    max: 100_000,
    below: "give what producers send, in MB/s (10^6 bytes of events a second, before compression, the mean of a day)",
    above: "which is more than any cluster takes: give MB/s, not bytes",
  }),
  workloadEventBytes: wholeNumber({
    min: 1,
    max: 1_048_576,
    below: "give the mean size of an event in bytes",
    above: "Kafka takes 1 MiB a message: give the mean size of an event in bytes",
  }),
  workloadCompressionRatio: amount({
    min: 1,
    max: 100,
    below: "give 1 for events that are not compressed",
    above: "give what is measured, e.g. 4 when a quarter is left",
  }),
  workloadPeakFactor: amount({
    min: 1,
    max: 100,
    below: "give 1 for a load that is the same all day",
    above: "give the busiest minute divided by the mean",
  }),
  workloadConsumerGroups: wholeNumber({ min: 0, max: 1000, below: "give 0 when nothing is read" }),
  workloadReadNearestCopy: flag(),
  workloadDatabaseDownHours: amount({
    min: 0,
    max: 8760,
    below: "give 0 when consumers are never away",
    above: "which is a year: give hours",
  }),
  allowOverload: flag(),
  zookeeperCount: wholeNumber({
    min: 3,
    max: 7,
    below: "3 is the smallest ensemble that survives the loss of a node",
    above: "more than 7 voters only make writes slower",
  }).refine((count) => count % 2 === 1, {
    error: ({ input }) =>
      `${shown(input)} is even; an even ensemble survives no more failures than one node fewer: give 3, 5 or 7`,
  }),
  zookeeperInstanceType: instanceType("ZooKeeper"),
  zookeeperVolumeGiB: volumeGiB("a ZooKeeper node's volume"),
  zookeeperHeapMiB: heapMiB(1024),
  zookeeperVersion: checkedText((version) => {
    const [, minor = "", patch = ""] = /^3\.(8|9)\.(\d+)$/.exec(version) ?? [];
    if (!minor)
      return `"${version}" is not a ZooKeeper version this program runs; give 3.8.6 or a later 3.8, or 3.9.5 or a later 3.9`;
    if (Number(patch) >= (minor === "8" ? 6 : 5)) return undefined;
    return `"${version}" can lose data (ZOOKEEPER-4785, ZOOKEEPER-4925); give ${minor === "8" ? "3.8.6" : "3.9.5"} or later`;
  }),
  opsHostInstanceType: instanceType("the ops host"),
  imageId: pattern(/^ami-[0-9a-f]{8,17}$/, "an image id such as ami-0123456789abcdef0", "the newest Amazon Linux 2023"),
  kmsKeyId: pattern(
    /^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+|alias\/[\w/-]+|(mrk-)?[0-9a-f]{8}[0-9a-f-]{24,28})$/,
    "a KMS key: its id, its ARN, or an alias such as alias/kafka",
    "the key that AWS makes for EBS",
  ),
  kafkaVersion: pattern(/^3\.9\.\d+$/, "a Kafka 3.9 version, the last line that works with ZooKeeper; give 3.9.2"),
  topics: list(topic, '[{"name": "user-activity", "partitions": 15, "retentionHours": 168}]'),
  dataProtection: flag(),
  gateTimeoutMinutes: wholeNumber({
    min: 1,
    max: 120,
    below: "a cluster needs some minutes to start",
    above: "a gate that waits longer than two hours hides a fault",
  }),
  updateWaitMinutes: wholeNumber({
    min: 1,
    max: 720,
    below: "an update would hardly get on",
    above: "an update of half a day is better done in parts",
  }),
  rollOverride: pattern(
    // It is an argument of a remote command, and a line of its log.
    /^[A-Za-z0-9][A-Za-z0-9 .,:_/#-]{2,199}$/,
    "a reason of 3 to 200 letters, digits, spaces and .,:_/#-",
    "no override",
  ),
  guardianEnabled: flag(),
  guardianDryRun: flag(),
  guardianPatienceMinutes: wholeNumber({
    min: 1,
    max: 60,
    below: "a node that only restarts needs some time to come back by itself",
    above: "a broken node would stay out for hours; to have none replaced set guardianEnabled to false",
  }),
} as const;

export type SettingKey = keyof typeof fields;
export type Values = { readonly [Key in SettingKey]: z.output<(typeof fields)[Key]> };

export const settingKeys = Object.keys(fields) as readonly SettingKey[];
