import assert from "node:assert/strict";
import { parseSettings } from "../../../settings/check";
import { SettingsError } from "../../../settings/faults";
import { defaults } from "../../../settings/schema";
import { sampleKeyPair } from "./sampleKeys";
import { sampleConfig, sampleContext } from "./sampleSettings";

const { sshPublicKey: publicKey, sshPrivateKey: privateKey } = sampleKeyPair();

const opsSubnetId = "subnet-0123456789abcdef3";
const subnetIds = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"];

interface Case {
  readonly what: string;
  readonly config: Record<string, unknown>;
  /** The whole message. */
  readonly says: string | RegExp;
  readonly region?: string;
}

/** What an operator may get wrong: exactly one fault each, which says what was given, the rule and the remedy. */
const cases: Case[] = [
  {
    what: "fewer than 3 brokers",
    config: { brokerCount: 2 },
    says: "brokerCount: 2 is below 3; a cluster that survives the loss of a broker and of a zone has 3 or more",
  },
  {
    what: "fewer brokers than must run",
    config: { brokerCount: 4, brokerMinimumRunning: 5 },
    says: "brokerCount: 4 is below brokerMinimumRunning 5; give 5 or more brokers, or lower the minimum",
  },
  {
    what: "an even ZooKeeper ensemble",
    config: { zookeeperCount: 4 },
    says: "zookeeperCount: 4 is even; an even ensemble survives no more failures than one node fewer: give 3, 5 or 7",
  },
  {
    what: "a single ZooKeeper node",
    config: { zookeeperCount: 1 },
    says: "zookeeperCount: 1 is below 3; 3 is the smallest ensemble that survives the loss of a node",
  },
  {
    what: "min ISR equal to the copies",
    config: { minInsyncReplicas: 3, replicationFactor: 3 },
    says: /^minInsyncReplicas: 3 is not below replicationFactor 3; .*give 2 or less$/,
  },
  {
    what: "more copies than brokers",
    config: { brokerCount: 3 },
    says: /^replicationFactor: 4 is above brokerCount 3; .*give 3 or less, or more brokers$/,
  },
  {
    what: "copies that don't survive the loss of a zone",
    config: { replicationFactor: 4, minInsyncReplicas: 3, brokerMinimumRunning: 3 },
    says: /^minInsyncReplicas: 3 of replicationFactor 4 copies .* loss of a zone, which leaves 2; give 2 or less/,
  },
  {
    what: "fewer running brokers than in-sync copies",
    config: { brokerMinimumRunning: 1 },
    says: /^brokerMinimumRunning: 1 is below minInsyncReplicas 2; .*give 2 or more$/,
  },
  {
    what: "two zones",
    config: { availabilityZones: ["us-east-1a", "us-east-1b"] },
    says: /^availabilityZones: \["us-east-1a","us-east-1b"\] has 2 zones; 3 or more are needed/,
  },
  {
    what: "a zone twice",
    config: { availabilityZones: ["us-east-1a", "us-east-1b", "us-east-1a"] },
    says: 'availabilityZones[2]: "us-east-1a" is there twice; name each zone once',
  },
  {
    what: "a zone of another region",
    config: { availabilityZones: ["us-east-1a", "us-east-1b", "eu-west-1c"] },
    says: 'availabilityZones[2]: "eu-west-1c" is not a zone of aws:region us-east-1; give zones such as us-east-1a',
  },
  {
    what: "clients outside of the VPC to whom no route leads",
    config: {
      clientCidrs: ["10.20.128.0/24", "10.30.0.0/24", "10.40.0.0/16"],
      clientRoutes: [{ cidr: "10.30.0.0/16", target: "pcx-0123456789abcdef0" }],
    },
    says: /^clientCidrs\[2\]: 10\.40\.0\.0\/16 is outside the VPC \(10\.20\.0\.0\/16\), .* no answer; add one/,
  },
  {
    what: "a route to a gateway that is none",
    config: { clientRoutes: [{ cidr: "10.30.0.0/16", target: "igw-0123456789abcdef0" }] },
    says: /^clientRoutes\[0\]\.target: "igw-0123456789abcdef0" is not the id of a peering connection/,
  },
  {
    what: "a route that is no route",
    config: { clientRoutes: ["10.30.0.0/16"] },
    says: /^clientRoutes\[0\]: "10\.30\.0\.0\/16" is not a route; write \{cidr: …, target: …\}/,
  },
  {
    what: "a route into the VPC itself",
    config: { clientRoutes: [{ cidr: "10.20.0.0/24", target: "pcx-0123456789abcdef0" }] },
    says: /^clientRoutes\[0\]\.cidr: 10\.20\.0\.0\/24 overlaps vpcCidr/,
  },
  {
    what: "a VPC for names that is none",
    config: { dnsVpcIds: ["us-east-1:vpc-0123456789abcdef0"] },
    says: /^dnsVpcIds\[0\]: .* is not a VPC id such as vpc-/,
  },
  {
    what: "no region",
    config: {},
    region: "",
    says: "aws:region: missing; set it, e.g. pulumi config set aws:region us-east-1",
  },
  {
    what: "an IPv6 block",
    config: { vpcCidr: "2001:db8::/32" },
    says: 'vpcCidr: "2001:db8::/32" is not an IPv4 block; write address/prefix, e.g. 10.20.0.0/16',
  },
  {
    what: "a block with octal-looking numbers",
    config: { vpcCidr: "010.020.0.0/16" },
    says: 'vpcCidr: "010.020.0.0/16" has numbers that begin with 0, which may be read as octal; write 10.20.0.0/16',
  },
  {
    what: "the same block twice",
    config: { sshCidrs: ["198.51.100.0/24", "203.0.113.7/32", "198.51.100.0/24"] },
    says: 'sshCidrs[2]: "198.51.100.0/24" is there twice; name each block once',
  },
  {
    what: "a block with host bits",
    config: { vpcCidr: "10.20.1.0/16" },
    says: 'vpcCidr: "10.20.1.0/16" has host bits set; write 10.20.0.0/16',
  },
  {
    what: "a VPC too small for the zones",
    config: { vpcCidr: "10.20.0.0/24" },
    says: /^vpcCidr: 10\.20\.0\.0\/24 is too small for a \/25 in each of 3 availabilityZones .* use \/23 or larger/,
  },
  {
    what: "a subnet too small for the nodes",
    config: { nodeSubnetCidrs: ["10.20.0.0/24", "10.20.1.0/26", "10.20.2.0/24"] },
    says: "nodeSubnetCidrs[1]: 10.20.1.0/26 is too small: host numbers up to 111 are kept for nodes; use /25 or larger",
  },
  {
    what: "overlapping subnets",
    config: { nodeSubnetCidrs: ["10.20.0.0/23", "10.20.1.0/24", "10.20.2.0/24"] },
    says:
      "nodeSubnetCidrs[1]: 10.20.1.0/24 overlaps 10.20.0.0/23 (nodeSubnetCidrs[0]); choose blocks that " +
      "share no address",
  },
  {
    what: "an ops subnet on a node subnet",
    config: { opsSubnetCidr: "10.20.16.0/28" },
    says:
      "opsSubnetCidr: 10.20.16.0/28 overlaps 10.20.16.0/20 (computed from vpcCidr); choose blocks that " +
      "share no address",
  },
  {
    what: "a subnet outside the VPC",
    config: { nodeSubnetCidrs: ["10.20.0.0/24", "10.21.1.0/24", "10.20.2.0/24"] },
    says: "nodeSubnetCidrs[1]: 10.21.1.0/24 is outside vpcCidr 10.20.0.0/16; choose a block inside",
  },
  {
    what: "subnets for other zones than there are",
    config: { nodeSubnetCidrs: ["10.20.0.0/24"] },
    says: "nodeSubnetCidrs: 1 blocks for 3 availabilityZones; give one a zone, in the same order, or none",
  },
  {
    what: "existing subnets without their VPC",
    config: { nodeSubnetIds: subnetIds, opsSubnetId },
    says: "nodeSubnetIds: given without vpcId; give the id of the VPC in which the subnets are",
  },
  {
    what: "existing subnets for the nodes alone",
    config: { vpcId: "vpc-0123456789abcdef0", nodeSubnetIds: subnetIds },
    says: "opsSubnetId: missing, as nodeSubnetIds is given; both are needed, or neither",
  },
  {
    what: "an existing subnet for the ops host alone",
    config: { vpcId: "vpc-0123456789abcdef0", opsSubnetId },
    says: "nodeSubnetIds: missing, as opsSubnetId is given; both are needed, or neither",
  },
  {
    what: "routes in subnets that exist",
    config: {
      vpcId: "vpc-0123456789abcdef0",
      nodeSubnetIds: subnetIds,
      opsSubnetId,
      clientRoutes: [{ cidr: "10.30.0.0/16", target: "pcx-0123456789abcdef0" }],
    },
    says: "clientRoutes: given together with nodeSubnetIds, whose route tables are yours: add the routes there",
  },
  {
    what: "existing subnets and blocks for others",
    config: {
      vpcId: "vpc-0123456789abcdef0",
      nodeSubnetIds: subnetIds,
      opsSubnetId,
      nodeSubnetCidrs: ["10.20.0.0/24", "10.20.1.0/24", "10.20.2.0/24"],
    },
    says: "nodeSubnetIds: given together with nodeSubnetCidrs, which is for subnets to be made; give one of them",
  },
  {
    what: "existing subnets for other zones than there are",
    config: { vpcId: "vpc-0123456789abcdef0", nodeSubnetIds: subnetIds.slice(1), opsSubnetId },
    says: "nodeSubnetIds: 2 subnets for 3 availabilityZones; give one a zone, in the same order, or none",
  },
  {
    what: "an existing subnet twice",
    config: { vpcId: "vpc-0123456789abcdef0", nodeSubnetIds: [subnetIds[0], subnetIds[1], subnetIds[0]], opsSubnetId },
    says: 'nodeSubnetIds[2]: "subnet-0123456789abcdef0" is there twice; name each subnet once',
  },
  {
    what: "an existing ops subnet and a block for another",
    config: {
      vpcId: "vpc-0123456789abcdef0",
      nodeSubnetIds: subnetIds,
      opsSubnetId,
      opsSubnetCidr: "10.20.250.0/26",
    },
    says: "opsSubnetId: given together with opsSubnetCidr, which is for subnets to be made; give one of them",
  },
  {
    what: "an ops subnet that is also a node subnet",
    config: { vpcId: "vpc-0123456789abcdef0", nodeSubnetIds: subnetIds, opsSubnetId: subnetIds[1] },
    says: /^opsSubnetId: subnet-0123456789abcdef1 is also in nodeSubnetIds; .*: give another$/,
  },
  {
    what: "a subnet id that is none",
    config: { vpcId: "vpc-0123456789abcdef0", opsSubnetId: "10.20.250.0/26" },
    says:
      'opsSubnetId: "10.20.250.0/26" is not a subnet id such as subnet-0123456789abcdef0; leave it empty for ' +
      "a new subnet",
  },
  {
    what: "a tag of AWS's own",
    config: { tags: { "AWS:team": "events" } },
    says: "tags.AWS:team: begins with aws:, which AWS keeps for itself; rename it",
  },
  {
    what: "a tag of the program's own",
    config: { tags: { "kafka-on-ec2:node": "kafka-1" } },
    says: "tags.kafka-on-ec2:node: begins with kafka-on-ec2:, by which the program knows its own; rename it",
  },
  {
    what: "the tag Name",
    config: { tags: { Name: "events" } },
    says: "tags.Name: is the program's own tag on everything that it makes; rename it",
  },
  {
    what: "two tags that IAM takes for one",
    config: { tags: { team: "events", Team: "Events" } },
    says: 'tags.Team: differs from "team" only in capitals, which IAM takes for one; keep one',
  },
  {
    what: "a tag with a character that not every service takes",
    config: { tags: { "cost*center": "1" } },
    says: "tags.cost*center: has other characters than letters, digits, spaces and _.:/=+-@; rename it",
  },
  {
    what: "a tag's value that is too long",
    config: { tags: { team: "x".repeat(257) } },
    says: /^tags\.team: "x+\.\.\. has more than the 256 characters that AWS takes; shorten it$/,
  },
  {
    what: "a tag's value that is a list",
    config: { tags: { team: ["a"] } },
    says: 'tags.team: ["a"] is not a text; put it in quotes',
  },
  {
    what: "more tags than AWS takes",
    config: { tags: Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`tag-${index}`, ""])) },
    says: /^tags: 41 tags; give 40 or fewer/,
  },
  {
    what: "tags as Kafka's own settings are written",
    config: { tags: "team=events" },
    says: 'tags: "team=events" is not a map of texts; write e.g. {"team": "events"}',
  },
  {
    what: "a role where a policy belongs",
    config: { permissionsBoundary: "arn:aws:iam::123456789012:role/boundary" },
    says: /^permissionsBoundary: "arn:.*" is not the ARN of an IAM policy .*; leave it empty for no boundary$/,
  },
  {
    what: "AWS's own domain",
    config: { dnsDomain: "ec2.internal" },
    says: `dnsDomain: "ec2.internal" is AWS's own name for hosts in a VPC; choose another, e.g. kafka.internal`,
  },
  {
    what: "an unknown instance type",
    config: { brokerInstanceType: "m7g.xlrage" },
    says: /^brokerInstanceType: "m7g\.xlrage" is not a known instance type; did you mean m7g\.xlarge\?/,
  },
  {
    what: "a type without stable device names",
    config: { zookeeperInstanceType: "t2.micro" },
    says: /^zookeeperInstanceType: t2\.micro is not a Nitro type/,
  },
  {
    what: "an ops host of an old type",
    config: { opsHostInstanceType: "t2.nano" },
    says: /^opsHostInstanceType: t2\.nano is not a Nitro type/,
  },
  {
    what: "an ops host with too little memory",
    config: { opsHostInstanceType: "t3.nano" },
    says: "opsHostInstanceType: t3.nano has 512 MiB of memory, 1024 are needed; choose e.g. t3.micro",
  },
  {
    what: "one image for two architectures",
    config: { imageId: "ami-0123456789abcdef0", brokerInstanceType: "m7g.large" },
    says: /^imageId: ami-0123456789abcdef0 can't start two architectures \(brokerInstanceType m7g\.large is arm64, zookeeperInstanceType t3\.micro is x86_64/,
  },
  {
    what: "a heap above half of the memory",
    config: { brokerHeapMiB: 768 },
    says:
      "brokerHeapMiB: 768 is above half of the 1024 MiB of brokerInstanceType t3.micro; the rest is for the page " +
      "cache: give 512 or less, or 0 for automatic",
  },
  {
    what: "a heap in which Kafka does not start",
    config: { brokerHeapMiB: 100 },
    says: "brokerHeapMiB: 100 is below 256; give 0 for automatic, or e.g. 512",
  },
  {
    what: "a volume below 8 GiB",
    config: { brokerVolumeGiB: 7 },
    says: "brokerVolumeGiB: 7 is below 8; a broker's volume needs 8 GiB or more",
  },
  {
    what: "throughput that the IOPS don't carry",
    config: { brokerVolumeThroughputMiBps: 1000 },
    says:
      "brokerVolumeThroughputMiBps: 1000 is above 0.25 MiB/s for each of brokerVolumeIops 3000; give 750 or less, " +
      "or 4000 IOPS",
  },
  {
    what: "IOPS that the size doesn't carry",
    config: { brokerVolumeIops: 20000 },
    says:
      "brokerVolumeIops: 20000 is above 500 IOPS for each GiB of brokerVolumeGiB 30; give 15000 or less, or a " +
      "larger volume",
  },
  {
    what: "throughput above gp3's limit",
    config: { brokerVolumeThroughputMiBps: 2001 },
    says: "brokerVolumeThroughputMiBps: 2001 is above 2000; gp3 ends at 2000 MiB/s",
  },
  {
    what: "SSH from anywhere",
    config: { sshCidrs: ["0.0.0.0/0"] },
    says:
      "sshCidrs[0]: 0.0.0.0/0 lets in the whole internet, or much of it; give a smaller block, or set " +
      "allowAnywhere to true",
  },
  {
    what: "clients from anywhere, in halves",
    config: {
      clientCidrs: ["10.0.0.0/8", "128.0.0.0/1"],
      clientRoutes: [{ cidr: "128.0.0.0/1", target: "pcx-0123456789abcdef0" }],
    },
    says: /^clientCidrs\[1\]: 128\.0\.0\.0\/1 lets in/,
  },
  {
    what: "nobody who may log in",
    config: { sshCidrs: [] },
    says: /^sshCidrs: empty, so nobody/,
  },
  {
    what: "a public key without its private key",
    config: { sshPublicKey: publicKey },
    says: /^sshPrivateKey: missing though sshPublicKey is given/,
  },
  {
    what: "a private key without its public key",
    config: { sshPrivateKey: privateKey },
    says: "sshPublicKey: missing though sshPrivateKey is given; give both or neither",
  },
  {
    what: "a private key with a passphrase, which is not shown",
    config: {
      sshPublicKey: publicKey,
      sshPrivateKey: `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nabc`,
    },
    says: /^sshPrivateKey: \(hidden\) has a passphrase; give a key without one, as a secret/,
  },
  {
    what: "a key type that AWS does not import",
    config: { sshPublicKey: `ecdsa-sha2-nistp256 ${"A".repeat(80)}`, sshPrivateKey: privateKey },
    says: /^sshPublicKey: "ecdsa-sha2-nistp256 A+…" is not an OpenSSH public key/,
  },
  {
    what: "an unknown key",
    config: { "broker.count": 5 },
    says: "broker.count: unknown key; did you mean brokerCount?",
  },
  {
    what: "an object where single keys belong",
    config: { brokers: { count: 5 } },
    says: "brokers: unknown key; write one key each, e.g. brokerCount",
  },
  {
    what: "text where a number belongs",
    config: { brokerCount: "five" },
    says: 'brokerCount: "five" is not a whole number; give digits, e.g. 3',
  },
  {
    what: "a fraction where a whole number belongs",
    config: { brokerCount: "5.5" },
    says: 'brokerCount: "5.5" is not a whole number; give digits, e.g. 3',
  },
  {
    what: "a word where true or false belongs",
    config: { dataProtection: "yes" },
    says: 'dataProtection: "yes" is neither true nor false; write one of them',
  },
  {
    what: "text where a list belongs",
    config: { availabilityZones: "us-east-1a" },
    says: /^availabilityZones: "us-east-1a" is not a list; write e\.g\. \["us-east-1a"/,
  },
  {
    what: "a Kafka without ZooKeeper",
    config: { kafkaVersion: "4.1.0" },
    says: /^kafkaVersion: "4\.1\.0" is not a Kafka 3\.9 version/,
  },
  {
    what: "a ZooKeeper that loses data",
    config: { zookeeperVersion: "3.9.3" },
    says: 'zookeeperVersion: "3.9.3" can lose data (ZOOKEEPER-4785, ZOOKEEPER-4925); give 3.9.5 or later',
  },
  {
    what: "a key that is none",
    config: { kmsKeyId: "aws/ebs" },
    says:
      'kmsKeyId: "aws/ebs" is not a KMS key: its id, its ARN, or an alias such as alias/kafka; leave it empty for ' +
      "the key that AWS makes for EBS",
  },
  {
    what: "an image id that is none",
    config: { imageId: "latest" },
    says:
      'imageId: "latest" is not an image id such as ami-0123456789abcdef0; leave it empty for the newest ' +
      "Amazon Linux 2023",
  },
  {
    what: "a broker setting that the program decides",
    config: { brokerConfig: ["num.io.threads=16", "broker.id=7"] },
    says: /^brokerConfig\[1\]: "broker\.id" is decided by the program .*; remove the entry$/,
  },
  {
    what: "a broker setting without a value",
    config: { brokerConfig: ["num.io.threads"] },
    says: 'brokerConfig[0]: "num.io.threads" is not key=value; write e.g. "num.io.threads=16"',
  },
  {
    what: "places of groups that are kept for a shorter time than events",
    config: {
      brokerConfig: ["num.io.threads=16", "offsets.retention.minutes=10079"],
      topics: [
        { name: "a", partitions: 1, retentionHours: 24 },
        { name: "b", partitions: 1, retentionHours: 168 },
      ],
    },
    says:
      "brokerConfig[1]: offsets.retention.minutes=10079 is below the retentionHours 168 of b: a group would lose its " +
      "place while there are events that it has not read; give 10080 or more, or remove the entry",
  },
  {
    what: "requests too small for the events of a topic",
    config: {
      brokerConfig: ["socket.request.max.bytes=4194304", "message.max.bytes=2097152"],
      topics: [{ name: "a", partitions: 1, retentionHours: 24, config: { "max.message.bytes": 4194304 } }],
    },
    says:
      "brokerConfig[0]: socket.request.max.bytes=4194304 has no room for a batch of 4194304 bytes and what goes with " +
      "it; give 4259840 or more, or remove the entry",
  },
  ...Object.entries({
    "socket.request.max.bytes=1048576":
      "socket.request.max.bytes=1048576 is below 2097152: a batch of events would not fit into a request; give a " +
      "number from 2097152 to 2147483647, e.g. 104857600",
    "queued.max.request.bytes=-1":
      "queued.max.request.bytes=-1 is below 16777216: few clients that send slowly would hold up all others; give " +
      "16777216 or more, e.g. 16777216",
    "num.io.thraeds=16": '"num.io.thraeds" is not a broker setting of Kafka 3.9; did you mean num.io.threads?',
    "num.io.threads=many": 'num.io.threads="many" is not a whole number; Kafka takes digits alone: give 8',
    "num.replica.fetchers=0":
      "num.replica.fetchers=0 is below 1: with none nothing would ever be copied; give a number from 1 to 64, e.g. 1",
    "num.io.threads=99999999999":
      "num.io.threads=99999999999 is more than Kafka's type INT holds; give a number from 1 to 256, e.g. 8",
    "log.segment.bytes=1GB": 'log.segment.bytes="1GB" is not a whole number; Kafka takes digits alone: give 1073741824',
    "log.preallocate=yes": 'log.preallocate="yes" is neither true nor false; give one of them',
    "compression.type=gziped":
      'compression.type="gziped" is not known to Kafka; did you mean gzip?; give one of uncompressed, zstd, lz4, ' +
      "snappy, gzip, producer",
    "inter.broker.protocol.version=2.0": /"inter\.broker\.protocol\.version" is decided by the program \(.*\); remove/,
    "authorizer.class.name=kafka.security.authorizer.AclAuthorizer": /"authorizer\.class\.name" is decided .*remove/,
    "create.topic.policy.class.name=com.example.Policy": /the brokers have no classes but Kafka's own\); remove/,
    "ssl.keystore.location=/etc/key": /"ssl\.keystore\.location" is decided by the program \(nobody logs in/,
    "log.cleaner.enable=false": /"log\.cleaner\.enable" is decided by the program \(without it Kafka's own topics/,
    "group.share.enable=true": /"group\.share\.enable" is decided by the program \(this cluster uses ZooKeeper/,
    "segment.bytes=1048576": '"segment.bytes" is a topic\'s setting; give it in topics[].config',
    "max.connections.per.ip.overrides=a:1\\":
      '"max.connections.per.ip.overrides=a:1\\" has a backslash, which no setting of a broker needs; write it without',
    "max.connections.per.ip.overrides=a\u00a0:1": /overrides=a\\u00a0:1" has the character \\u00a0, which no/,
    "max.connections.per.ip.overrides=": /has no value; write e\.g\. "num\.io\.threads=16", or remove the entry/,
    "num.io.threads: 16": '"num.io.threads: 16" is not key=value; write e.g. "num.io.threads=16"',
    "num.io.threads =16": '"num.io.threads =16" is not key=value; write e.g. "num.io.threads=16"',
    "#num.io.threads=16": '"#num.io.threads=16" is not key=value; write e.g. "num.io.threads=16"',
    "num.io.threads=16\nbroker.id=3": /has a line break, which no/,
  }).map(([entry, says]): Case => ({
    what: `a broker setting that Kafka would not take, or not as it is meant: ${JSON.stringify(entry)}`,
    config: { brokerConfig: [entry] },
    says: typeof says === "string" ? `brokerConfig[0]: ${says}` : says,
  })),
  ...(
    [
      ["segment.bytes", "1GB", '"1GB" is not a whole number; Kafka takes digits alone: give 1073741824'],
      ["segment.ms", "7d", '"7d" is not a whole number; Kafka takes digits alone: give 604800000'],
      ["compression.type", "gziped", /"gziped" is not known to Kafka; did you mean gzip\?/],
      ["max.message.bytes", -5, /-5 is below 1024.*; give a number from 1024 to 104857600, e\.g\. 1048588/],
      ["segment.bytes", 1000, /1000 is below 1048576: a broker would have more files than it may open; give a number/],
      ["segment.ms", 1, /1 is below 60000/],
      ["compression.gzip.level", 0, /0 is below 1; give a number from 1 to 9, or -1, e\.g\. /],
      ["min.cleanable.dirty.ratio", 1.5, /1\.5 is above 1; give a number from 0 to 1, e\.g\. 0\.5/],
      ["remote.storage.enable", true, "decided by the program; this cluster has no tiered storage"],
      ["num.io.threads", 8, /a broker's setting; give it in brokerConfig, as "num\.io\.threads=8", or remove it/],
      ["cleanup.policy", "compact", "decided by the program; use cleanupPolicy"],
    ] as const
  ).map(([key, value, says]): Case => ({
    what: `a topic setting that Kafka would not take: ${key}=${value}`,
    config: { topics: [{ name: "a", partitions: 1, retentionHours: 1, config: { [key]: value } }] },
    says: typeof says === "string" ? `topics[0].config.${key}: ${says}` : says,
  })),
  {
    what: "an amount with a unit, which is answered with the number that was meant",
    config: { brokerInstanceType: "m7g.xlarge", brokerHeapMiB: "6g" },
    says: 'brokerHeapMiB: "6g" is not a whole number; give digits alone: 6144',
  },
  ...(
    [
      ["brokerVolumeGiB", "1TB", "1024"],
      ["brokerVolumeGiB", "100GiB", "100"],
      ["brokerVolumeIops", "3,000", "3000"],
      ["workloadDatabaseDownHours", "3d", "72"],
      ["gateTimeoutMinutes", "1h", "60"],
    ] as const
  ).map(([key, value, right]): Case => ({
    what: `an amount with a unit: ${key} ${value}`,
    config: { [key]: value },
    says: new RegExp(`^${key}: "${value}" is not a (whole )?number; give digits alone: ${right}$`),
  })),
  {
    what: "a rate in bits",
    config: { workloadIngestMBps: "100Mbps" },
    says: 'workloadIngestMBps: "100Mbps" is not a number; give digits alone: 12.5',
  },
  {
    what: "days of retention",
    config: { topics: [{ name: "a", partitions: 1, retentionHours: "7d" }] },
    says: 'topics[0].retentionHours: "7d" is not a whole number; give digits alone: 168',
  },
  {
    what: "endless retention, as Kafka has it",
    config: { topics: [{ name: "a", partitions: 1, retentionHours: -1 }] },
    says:
      "topics[0].retentionHours: -1 is below 1; events are kept for at least 1 hour; to keep them for as long as " +
      "the disks have room, give 876000 (100 years)",
  },
  {
    what: "a heap without digits",
    config: { brokerHeapMiB: "large" },
    says: 'brokerHeapMiB: "large" is not a whole number; give digits, e.g. 512',
  },
  ...Object.entries({
    replication_factor: "did you mean replicationFactor?",
    "brokers.count": "did you mean brokerCount?",
    "broker-count": "did you mean brokerCount?",
    BROKER_COUNT: "did you mean brokerCount?",
    "log.retention.ms": "it is topics[].retentionHours here",
    "min.insync.replicas": "it is minInsyncReplicas here",
    "replication.factor": "it is replicationFactor here",
    KAFKA_CFG_LOG_RETENTION_HOURS: "it is topics[].retentionHours here",
    KAFKA_HEAP_OPTS: "it is brokerHeapMiB here",
    KAFKA_CFG_NUM_IO_THREADS: 'brokers get Kafka\'s own settings by brokerConfig, e.g. ["num.io.threads=…"]',
    "num.io.threads": 'brokers get Kafka\'s own settings by brokerConfig, e.g. ["num.io.threads=…"]',
    KAFKA_CFG_LISTENERS: "the program decides listeners (each broker's identity and addresses are the program's)",
    "segment.bytes": "it is a topic's: give it in topics[].config",
  }).map(([key, hint]): Case => ({
    what: `a key that other tools have: ${key}`,
    config: { [key]: 5 },
    says: `${key}: unknown key; ${hint}`,
  })),
  {
    what: "a no-break space in a name, which looks like a space",
    config: { topics: [{ name: "user\u00a0activity", partitions: 1, retentionHours: 1 }] },
    says: /^topics\[0\]\.name: "user\\u00a0activity" has other characters/,
  },
  {
    what: "a character without width in a key",
    config: { "broker\u200bCount": 5 },
    says: "broker\\u200bCount: unknown key; did you mean brokerCount?",
  },
  {
    what: "a topic name that Kafka refuses",
    config: { topics: [{ name: "user activity", partitions: 1, retentionHours: 1 }] },
    says: /^topics\[0\]\.name: "user activity" has other characters/,
  },
  {
    what: "a topic name of Kafka's own",
    config: { topics: [{ name: "__consumer_offsets", partitions: 1, retentionHours: 1 }] },
    says: /^topics\[0\]\.name: "__consumer_offsets" starts with "__"/,
  },
  {
    what: "a topic without partitions",
    config: { topics: [{ name: "a", partitions: 0, retentionHours: 1 }] },
    says: "topics[0].partitions: 0 is below 1; a topic has at least 1 partition",
  },
  {
    what: "a topic that lacks a value",
    config: { topics: [{ name: "a", partitions: 1 }] },
    says: "topics[0].retentionHours: missing; give a whole number, e.g. 1",
  },
  {
    what: "a topic twice",
    config: { topics: [1, 2].map(() => ({ name: "a", partitions: 1, retentionHours: 1 })) },
    says: 'topics[1].name: "a" is there twice; name each topic once',
  },
  {
    what: "topics that Kafka's metrics can't tell apart",
    config: { topics: ["a.b", "a_b"].map((name) => ({ name, partitions: 1, retentionHours: 1 })) },
    says: `topics[1].name: "a_b" differs from "a.b" only in '.' and '_', which Kafka refuses; rename one`,
  },
  {
    what: "copies of a single topic",
    config: { topics: [{ name: "a", partitions: 1, retentionHours: 1, replicationFactor: 3 }] },
    says: "topics[0].replicationFactor: unknown key; every topic has replicationFactor copies",
  },
  {
    what: "a topic with a min ISR of its own",
    config: { topics: [{ name: "a", partitions: 1, retentionHours: 1, config: { "min.insync.replicas": 4 } }] },
    says: "topics[0].config.min.insync.replicas: decided by the program; use minInsyncReplicas",
  },
  {
    what: "a topic setting that has a name of its own here",
    config: { topics: [{ name: "a", partitions: 1, retentionHours: 1, config: { "retention.ms": 1000 } }] },
    says: "topics[0].config.retention.ms: decided by the program; use retentionHours",
  },
  {
    what: "a misspelt topic setting",
    config: { topics: [{ name: "a", partitions: 1, retentionHours: 1, config: { "compresion.type": "zstd" } }] },
    says:
      "topics[0].config.compresion.type: not a topic setting that this cluster knows; did you mean " +
      "compression.type?",
  },
  {
    what: "a cleanup policy that there isn't",
    config: { topics: [{ name: "a", partitions: 1, retentionHours: 1, cleanupPolicy: "compacted" }] },
    says: 'topics[0].cleanupPolicy: "compacted" is not a cleanup policy; give delete or compact or compact,delete',
  },
  {
    what: "a limit by size that Kafka would ignore",
    config: {
      topics: [
        { name: "a", partitions: 1, retentionHours: 1, retentionGiB: 1, compactedGiB: 1, cleanupPolicy: "compact" },
      ],
    },
    says: /^topics\[0\]\.retentionGiB: 1 has no effect with cleanupPolicy compact, .*say by compactedGiB how much those are, or give cleanupPolicy compact,delete$/,
  },
  {
    what: "a compacted topic without a size",
    config: { topics: [{ name: "a", partitions: 1, retentionHours: 1, cleanupPolicy: "compact" }] },
    says: /^topics\[0\]\.compactedGiB: missing with cleanupPolicy compact, .* for ever; give the GiB that all of them take/,
  },
  {
    what: "the size of compacted events in a topic that deletes",
    config: { topics: [{ name: "a", partitions: 1, retentionHours: 1, compactedGiB: 1 }] },
    says: "topics[0].compactedGiB: 1 has no effect with cleanupPolicy delete; give retentionGiB instead, or neither",
  },
  {
    what: "a cluster name that AWS refuses",
    config: { clusterName: "Kafka!" },
    says: /^clusterName: "Kafka!" is not a name of 1 to 32 lower-case letters/,
  },
  {
    what: "a cluster name whose keys would be among what clients of others read",
    config: { clusterName: "kafka-on-ec2" },
    says: /^clusterName: "kafka-on-ec2" is taken: .* all clusters are below \/kafka-on-ec2\/, .*; choose another$/,
  },
  {
    what: "a domain so long that a parameter can't hold the addresses of all brokers",
    config: { dnsDomain: `${"d".repeat(60)}.net`, brokerCount: 90 },
    says: /^dnsDomain: "d+\.net" has 64 characters; with 90 brokers 60 fit, .*; choose a shorter one$/,
  },
  ...(["aws-events", "ssm", "sg-kafka", "xn--kafka", "sthree-kafka"] as const).map((clusterName) => ({
    what: `a cluster name that AWS keeps for itself: ${clusterName}`,
    config: { clusterName },
    says: /^clusterName: "[^"]*" begins with "(aws|ssm|sg-|xn--|sthree-)": .*; choose another$/,
  })),
  ...(["cn-north-1", "us-gov-west-1"] as const).map((region) => ({
    what: `a region of another partition: ${region}`,
    config: { availabilityZones: ["a", "b", "c"].map((zone) => `${region}${zone}`) },
    region,
    says: new RegExp(`^aws:region: ${region} is not in the partition "aws"`),
  })),
];

function messageOf(config: Record<string, unknown>, context: typeof sampleContext): string {
  try {
    parseSettings(config, context);
    return "";
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.message;
  }
}

describe("bad input", () => {
  for (const { what, config, says, region } of cases) {
    it(what, () => {
      const context = region === undefined ? sampleContext : { ...sampleContext, region };
      const message = messageOf({ ...sampleConfig, ...config }, context);
      if (typeof says === "string") assert.equal(message, says);
      else assert.match(message, says);
      assert.equal(message.split("\n").length, 1, `one fault expected:\n${message}`);
    });
  }

  it("shows examples that are taken themselves", () => {
    let tried = 0;
    for (const { config, region } of cases) {
      const context = region === undefined ? sampleContext : { ...sampleContext, region };
      const message = messageOf({ ...sampleConfig, ...config }, context);
      const [, key = "", rest = ""] = /^(\w+)(\S*): /.exec(message) ?? [];
      const [, example] =
        /(?:e\.g\. |alone: |; write |mean |prefer )([\w./-]+)\??$/.exec(message) ??
        /(?:give|use) ([\w./-]+)(?: or (?:less|more|larger|later))?(?:$|, or)/.exec(message) ??
        /e\.g\. (\[.*\]) in the stack/.exec(message) ??
        [];
      if (
        example === undefined ||
        example.startsWith("/") ||
        !(key in defaults) ||
        key === "brokerConfig" ||
        /^sshP/.test(key) ||
        /^(another|neither)$/.test(example)
      )
        continue;
      // In a copy of what was given, at the same place.
      const mended = JSON.parse(JSON.stringify({ ...sampleConfig, ...config })) as Record<string, unknown>;
      const places = [
        key,
        ...[...rest.matchAll(/\[(\d+)\]|\.config\.(.+)|\.(\w+)/g)].map(([, ...found]) => found.join("")),
      ];
      const last = places.pop() ?? "";
      const holder = places.reduce<Record<string, unknown>>((value, place) => value[place] as typeof value, mended);
      holder[last] = example.startsWith("[") ? (JSON.parse(example) as unknown) : example;
      tried++;
      const then = messageOf(mended, context);
      assert.ok(!then.split("\n").some((line) => line.startsWith(`${key}${rest}:`)), `${message}\n=> ${then}`);
    }
    assert.ok(tried > 40, `${tried} examples found`);
  });

  it("access from anywhere passes when it is asked for", () => {
    const open = parseSettings({ sshCidrs: ["0.0.0.0/0"], allowAnywhere: true }, sampleContext);
    assert.deepEqual(open.access.sshCidrs, ["0.0.0.0/0"]);
  });

  it("never shows a private key", () => {
    const secret = "hunter2-not-a-pem";
    assert.throws(
      () => parseSettings({ ...sampleConfig, sshPrivateKey: secret }, sampleContext),
      (error: Error) => !error.message.includes(secret) && /sshPrivateKey: \(hidden\)/.test(error.message),
    );
  });
});
