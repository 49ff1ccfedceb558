import assert from "node:assert/strict";
import fc from "fast-check";
import { planNodes } from "../../../planning/node/nodes";
import { planTopics } from "../../../planning/placement/topics";
import { settingKeys, type SettingKey } from "../../../settings/schema";
import { parseSettings } from "../../../settings/check";
import { SettingsError } from "../../../settings/faults";
import { unknownKeyFault } from "../../../settings/unknownKeys";
import { sampleContext } from "./sampleSettings";

/** Sound configurations of many shapes, as text or as values. */
const soundConfig = fc
  .record({
    zones: fc.shuffledSubarray(["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1f"], {
      minLength: 3,
    }),
    count: fc.integer({ min: 3, max: 12 }),
    minInsyncReplicas: fc.integer({ min: 1, max: 3 }),
    tolerated: fc.integer({ min: 1, max: 3 }),
    zookeeper: fc.constantFrom(3, 5, 7),
    type: fc.constantFrom("t3.micro", "m6i.large", "m7i.xlarge"),
    partitions: fc.integer({ min: 1, max: 40 }),
    vpcCidr: fc.constantFrom("10.20.0.0/16", "172.20.64.0/20", "192.168.0.0/22"),
    asText: fc.boolean(),
  })
  .filter(({ count, minInsyncReplicas, tolerated, zones }) => {
    const copies = minInsyncReplicas + tolerated;
    const largestZone = Math.ceil(count / Math.min(zones.length, count));
    return copies <= count && Math.ceil(copies / 3) <= tolerated && largestZone <= tolerated + 1 && copies <= 4;
  })
  .map(({ zones, count, minInsyncReplicas, tolerated, zookeeper, type, partitions, vpcCidr, asText }) => {
    const config: Record<string, unknown> = {
      sshCidrs: ["198.51.100.0/24"],
      availabilityZones: zones,
      vpcCidr: vpcCidr,
      brokerCount: count,
      brokerMinimumRunning: Math.max(minInsyncReplicas, count - tolerated),
      replicationFactor: minInsyncReplicas + tolerated,
      minInsyncReplicas: minInsyncReplicas,
      brokerInstanceType: type,
      zookeeperCount: zookeeper,
      zookeeperInstanceType: type,
      topics: [{ name: "events", partitions, retentionHours: 1 }],
    };
    if (!asText) return config;
    return Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    );
  });

/** Values that are wrong whatever the rest says. */
const badValues: Readonly<Record<SettingKey, readonly unknown[]>> = {
  clusterName: ["UPPER", "a b", "-a", "x".repeat(33), 5],
  tags: [
    "team",
    ["team"],
    { Name: "x" },
    { "aws:team": "x" },
    { "kafka-on-ec2:node": "x" },
    { team: ["x"] },
    { "a*": "x" },
  ],
  permissionsBoundary: ["boundary", "arn:aws:iam::123456789012:role/boundary", 7],
  vpcCidr: ["", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/8", "10.0.0.1/16", "300.0.0.0/16", "fd00::/16", "10.0.0.0/26"],
  vpcId: ["vpc", "vpc-XYZ", 7],
  availabilityZones: [
    [],
    ["us-east-1a"],
    ["us-east-1a", "us-east-1a", "us-east-1b"],
    ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    "us-east-1a",
    [1, 2, 3],
  ],
  nodeSubnetCidrs: [["10.0.0.0/24"], ["x", "y", "z"], "10.0.0.0/24"],
  nodeSubnetIds: [["subnet"], "subnet-0123456789abcdef0", ["subnet-0123456789abcdef0"], [7]],
  opsSubnetId: ["subnet", "subnet-0123456789abcdef0", 7],
  opsSubnetCidr: ["10.99.0.0/30", "11.0.0.0/24", "ops"],
  dnsDomain: ["", "kafka", "KAFKA.internal", "a..b", "ec2.internal"],
  sshCidrs: [[], ["0.0.0.0/0"], ["::/0"], "everyone", ["10.0.0.1/8"]],
  clientRoutes: [["10.30.0.0/16"], [{ cidr: "10.30.0.0/16" }], [{ cidr: "10.30.0.0/16", target: "igw-1" }], "x"],
  dnsVpcIds: [["vpc"], "vpc-0123456789abcdef0", [7]],
  flowLogDestination: ["our-logs", "s3://our-logs", "arn:aws:logs:us-east-1:123456789012:log-group:x"],
  adminAddresses: [["10.0.0.0/8"], ["x"], {}],
  clientCidrs: [["0.0.0.0/0"], ["10.0.0.0"], {}],
  allowAnywhere: ["yes", 1, "", "nullx"],
  sshPublicKey: ["ssh-dss AAAA", "AAAA"],
  sshPrivateKey: ["x", "-----BEGIN CERTIFICATE-----"],
  brokerCount: [0, 2, -1, 91, "x", 3.5, true, []],
  brokerMinimumRunning: [0, 91, "three"],
  replicationFactor: [0, 1, 11, "x"],
  minInsyncReplicas: [0, 10, "x"],
  brokerInstanceType: ["", "t3", "m5.huge", "t2.large", "t3.nano"],
  brokerVolumeGiB: [0, 7, 70000, "8GB"],
  brokerVolumeThroughputMiBps: [124, 2001, 751],
  brokerVolumeIops: [2999, 80001, 16000],
  brokerHeapMiB: [-1, 255, 20000],
  brokerConfig: [["x"], ["broker.id=1"], ["a=1", "a=2"], "a=1"],
  workloadIngestMBps: [0, -1, 1e9, "much", "", true],
  workloadEventBytes: [0, 2_000_000, 0.5, "x"],
  workloadCompressionRatio: [0, 0.9, 101, "gzip"],
  workloadPeakFactor: [0, 0.5, 1000, []],
  workloadConsumerGroups: [-1, 1.5, 1001, "x"],
  workloadReadNearestCopy: ["yes", 1],
  workloadProduceInZone: ["yes", 1],
  workloadDatabaseDownHours: [-1, 9000, "a day"],
  allowOverload: ["yes", 1],
  zookeeperCount: [1, 2, 4, 8, 9, "x"],
  zookeeperInstanceType: ["zk.large", "t2.micro"],
  zookeeperVolumeGiB: [7, "x"],
  zookeeperHeapMiB: [128, 20000],
  zookeeperVersion: ["3.8.4", "3.9.3", "3.7.2", "4.0.0", "latest"],
  opsHostInstanceType: ["", "small"],
  imageId: ["ami", "ami-latest"],
  kmsKeyId: ["kafka", "arn:aws:kms:us-east-1:1:key/x", 7],
  kafkaVersion: ["4.0.0", "3.8.0", "3.9", ""],
  topics: [
    "x",
    [{}],
    [{ name: "a" }],
    [{ name: "a", partitions: 0, retentionHours: 1 }],
    [5],
    [{ name: "a", partitions: 1, retentionHours: 1, cofnig: {} }],
  ],
  dataProtection: ["yes", 1],
  gateTimeoutMinutes: [0, 121, "soon"],
  updateWaitMinutes: [0, 721, "soon"],
  rollOverride: [
    "because",
    [{ topic: "a", passOver: ["writes"], day: "2026-11-29" }],
    [{ topic: "a b", passOver: ["writes"], day: "2026-11-29", reason: "INC-7" }],
    [{ topic: "a", passOver: ["everything"], day: "2026-11-29", reason: "INC-7" }],
    [{ topic: "a", passOver: [], day: "2026-11-29", reason: "INC-7" }],
    [{ topic: "a", passOver: ["writes"], day: "2026-02-29", reason: "INC-7" }],
    [{ topic: "a", passOver: ["writes"], day: "tomorrow", reason: "INC-7" }],
    [{ topic: "a", passOver: ["writes"], day: "2026-11-29", reason: "because $(reboot)" }],
    [1, 2].map(() => ({ topic: "a", passOver: ["writes"], day: "2026-11-29", reason: "INC-7" })),
  ],
  guardianEnabled: ["on", 1],
  guardianDryRun: ["dry", 0],
  guardianPatienceMinutes: [0, 61, "5m"],
  monitoringEnabled: ["on", 1],
  alertTopicArn: [
    "on-call",
    "arn:aws:sns:us-east-1:123456789012:on-call.fifo",
    "arn:aws:sns:eu-west-1:123456789012:x",
    7,
  ],
  alertEmails: ["a@example.com", ["a"], ["a@b"], ["a@example.com", "a@example.com"], ["a b@example.com"]],
  metricsRemoteWriteUrl: [
    "http://example.com",
    "example.com",
    "https://u:p@example.com/",
    "https://example.com:9090/",
    7,
  ],
  monitoringVolumeGiB: [3, 1001, "x"],
};

const badPlace = fc
  .constantFrom(...settingKeys)
  .chain((key) => fc.record({ key: fc.constant(key), value: fc.constantFrom(...badValues[key]) }));

describe("settings, by properties", () => {
  it("a sound configuration is taken, and can be planned", () => {
    fc.assert(
      fc.property(soundConfig, (config) => {
        const settings = parseSettings(config, sampleContext);
        const { brokers, zookeeper } = planNodes(settings);
        const all = [...brokers, ...zookeeper];
        assert.equal(
          new Set(all.map((node) => node.privateIp)).size,
          all.length,
          "each node has an address of its own",
        );
        planTopics(settings);
      }),
    );
  });

  it("has bad values for every key", () => {
    assert.deepEqual(Object.keys(badValues).sort(), [...settingKeys].sort());
  });

  it("one bad value gives faults, and each names its key", () => {
    fc.assert(
      fc.property(soundConfig, badPlace, (config, { key, value }) => {
        const message = faultsOf({ ...config, [key]: value });
        for (const line of message.split("\n"))
          assert.ok(line.includes(key), `${key} = ${JSON.stringify(value)}: ${line}`);
      }),
      { numRuns: 500 },
    );
  });

  it("faults of several places are all there, whatever else is wrong", () => {
    fc.assert(
      fc.property(
        soundConfig,
        fc.uniqueArray(badPlace, { selector: ({ key }) => key, minLength: 2 }),
        (config, places) => {
          const broken = Object.fromEntries(places.map(({ key, value }) => [key, value]));
          const message = faultsOf({ ...config, ...broken });
          const apart = places.filter(({ key }) => !message.includes(key)).map(({ key }) => key);
          // A rule between two keys says nothing while one of them is unreadable: that is told first.
          for (const key of apart) assert.ok(faultsOf({ ...config, [key]: broken[key] }) !== "");
          assert.ok(apart.length < places.length);
        },
      ),
    );
  });

  it("every key that is one slip of the hand away is answered with the right one", () => {
    const known: readonly string[] = settingKeys;
    for (const key of known.filter((candidate) => candidate.length > 8)) {
      for (let at = 0; at < key.length - 1; at++) {
        const [head, one = "", two = "", tail] = [key.slice(0, at), key[at], key[at + 1], key.slice(at + 2)];
        const dropped = head + two + tail;
        const doubled = head + one + one + two + tail;
        const swapped = head + two + one + tail;
        for (const word of [dropped, doubled, swapped].filter((slip) => !known.includes(slip))) {
          const fault = `${word}: unknown key; did you mean ${key}?`;
          assert.equal(`${word}: ${unknownKeyFault(word, known, word).message}`, fault);
        }
      }
    }
  });
});

function faultsOf(config: Record<string, unknown>): string {
  try {
    parseSettings(config, sampleContext);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.message;
  }
  assert.fail(`taken: ${JSON.stringify(config)}`);
}
