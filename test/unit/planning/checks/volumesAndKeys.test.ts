import assert from "node:assert/strict";
import { keyFaults, keyPolicyAdvice, missingRoleFault } from "../../../../planning/checks/encryption";
import { existingSubnetFaults, lostEnsembleFaults } from "../../../../planning/checks/existingNodes";
import { givenSubnetFaults, type GivenSubnet } from "../../../../planning/checks/existingSubnets";
import { identityFaults } from "../../../../planning/checks/identity";
import { adoptionFaults, chooseVolumes, type FoundVolume } from "../../../../planning/checks/volumeChoice";
import { planNetwork } from "../../../../planning/node/addresses";
import { planNodes } from "../../../../planning/node/nodes";
import type { Fault } from "../../../../settings/faults";
import { sampleSettings } from "../../settings/sampleSettings";

const plannedNodes = () => planNodes(sampleSettings());
const told = (faults: readonly Fault[]) => faults.map(({ path, message }) => `${path}: ${message}`).join("\n");

describe("which volume each node has", () => {
  const volume = (node: string, more: Partial<FoundVolume> = {}): FoundVolume => ({
    node,
    id: `vol-${node}`,
    sizeGiB: 30,
    zone: "us-east-1a",
    encrypted: true,
    created: "2026-10-01T00:00:00Z",
    isAttached: false,
    retained: "2026-11-01",
    ...more,
  });
  const own = (node: string) => ({ id: `vol-${node}`, sizeGiB: 30, zone: "us-east-1a" });
  const choose = (found: readonly FoundVolume[], mine: Parameters<typeof chooseVolumes>[2] = {}) =>
    chooseVolumes("prod", plannedNodes(), mine, found);

  it("the stack's own, whatever else there is, of the size that AWS knows; a new node has none", () => {
    const found = [volume("kafka-1", { sizeGiB: 50, isAttached: true }), volume("kafka-1", { id: "vol-other" })];
    const { volumes, adopted, faults } = choose(found, { "kafka-1": own("kafka-1"), "kafka-2": own("kafka-2") });
    assert.deepEqual([volumes["kafka-1"]?.sizeGiB, volumes["kafka-2"]?.sizeGiB], [50, 30]);
    assert.deepEqual([Object.keys(volumes), adopted, faults], [["kafka-1", "kafka-2"], {}, []]);
  });

  it("the one that is retained for it, where the stack has none", () => {
    const { volumes, adopted, faults } = choose([volume("kafka-3"), volume("zookeeper-2"), volume("kafka-99")]);
    assert.deepEqual(adopted, { "zookeeper-2": "vol-zookeeper-2", "kafka-3": "vol-kafka-3" });
    assert.deepEqual([volumes["kafka-3"]?.sizeGiB, faults], [30, []]);
  });

  it("none that a person has to look at first: each kind is one fault that lists them", () => {
    const refused = (...found: FoundVolume[]) => {
      const { adopted, volumes, faults } = choose(found);
      assert.deepEqual([adopted, volumes], [{}, {}]);
      return told(faults);
    };
    const line = "kafka-1: vol-kafka-1, 30 GiB, us-east-1a, made 2026-10-01T00:00:00Z";
    assert.match(
      refused(volume("kafka-1", { isAttached: true })),
      new RegExp(
        `^clusterName: prod runs already, outside this stack: .*\\n  ${line}, attached, retained 2026-11-01\\n`,
      ),
    );
    assert.match(
      refused(volume("kafka-1"), volume("kafka-1", { id: "vol-2" })),
      new RegExp(
        `has several volumes for one node.*\\n  ${line}, not attached, retained 2026-11-01\\n  kafka-1: vol-2,`,
      ),
    );
    assert.match(
      refused(volume("kafka-1", { retained: undefined })),
      new RegExp(`not in this stack's state.*\\n  ${line}, not attached\\n  to take one up.*Key=kafka-on-ec2:retained`),
    );
    assert.match(refused(volume("kafka-1", { encrypted: false })), /has retained volumes that are not encrypted:\n/);
    assert.match(
      refused(volume("kafka-1"), volume("kafka-1", { id: "vol-2", isAttached: true })),
      /^clusterName: prod runs already[^]*vol-kafka-1[^]*vol-2/,
      "one in use is the reason for both",
    );
  });

  it("and the program takes up each, as it says", () => {
    const wanted = { "kafka-1": "vol-1", "kafka-2": "vol-2" };
    assert.deepEqual(adoptionFaults(wanted, { ...wanted, "kafka-3": "vol-3" }), []);
    assert.deepEqual(adoptionFaults({}, {}), []);
    assert.equal(
      told(adoptionFaults(wanted, { "kafka-1": "vol-1", "kafka-2": "vol-9" })),
      'adoptVolumes: vol-2 of kafka-2 is retained for this cluster; give {"kafka-1":"vol-1","kafka-2":"vol-2"}',
    );
  });
});

describe("an ensemble that has lost its volumes", () => {
  const existing = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, { sizeGiB: 8, zone: "us-east-1a" }]));
  const lost = (...names: string[]) => told(lostEnsembleFaults(plannedNodes(), existing(...names)));

  it("goes on with a majority, and a new cluster begins with none", () => {
    assert.equal(lost(), "");
    assert.equal(lost("zookeeper-1", "zookeeper-3"), "");
    assert.equal(lost("zookeeper-1", "zookeeper-2", "zookeeper-3", "kafka-1"), "");
  });

  it("does not go on with fewer: nobody knows what is on the others", () => {
    assert.match(
      lost("kafka-1", "kafka-2"),
      /^zookeeperCount: the volumes of 2 of 3 .* there are none: .* \(kafka-1, kafka-2\)/,
    );
    assert.match(lost("zookeeper-2", "kafka-1"), /there are only zookeeper-2: .* \(kafka-1\)/);
    assert.match(lost("zookeeper-2"), /only zookeeper-2/);
  });
});

describe("names that a cluster keeps for good", () => {
  it("are the cluster's and its domain's", () => {
    const settings = sampleSettings();
    const { clusterName, network } = settings;
    assert.deepEqual(identityFaults(settings, {}), []);
    assert.deepEqual(identityFaults(settings, { clusterName, domain: network.domain }), []);
    assert.match(
      told(identityFaults(settings, { clusterName: "old", domain: "old.internal" })),
      /^clusterName: kafka-test is not old, which .*; set clusterName to old\ndnsDomain: kafka\.internal is not old\.internal, .*; set dnsDomain to old\.internal$/,
    );
  });
});

describe("the key of all disks", () => {
  const key = {
    arn: "arn:aws:kms:us-east-1:123456789012:key/k",
    keyManager: "CUSTOMER",
    keyState: "Enabled",
    keyUsage: "ENCRYPT_DECRYPT",
    keySpec: "SYMMETRIC_DEFAULT",
  };
  it("is enabled, symmetric and for encryption", () => {
    assert.deepEqual(keyFaults("alias/k", key), []);
    assert.match(told(keyFaults("alias/k", { ...key, keyState: "Disabled" })), /^kmsKeyId: alias\/k is Disabled; EBS/);
    assert.match(told(keyFaults("alias/k", { ...key, keyUsage: "SIGN_VERIFY" })), /is for SIGN_VERIFY \(SYMMETRIC_/);
    assert.match(
      told(keyFaults("alias/k", { ...key, keyState: "PendingDeletion", keySpec: "RSA_2048" })),
      /alias\/k is PendingDeletion and is for ENCRYPT_DECRYPT \(RSA_2048\);/,
    );
  });
  it("names the role of Auto Scaling in its policy, and with it the rights that can't be read from here", () => {
    assert.match(missingRoleFault("alias/k").message, /^alias\/k .*AWSServiceRoleForAutoScaling, which does not exist/);
    assert.match(
      keyPolicyAdvice(key),
      /^kmsKeyId: .* of arn:\S+ lets the role AWSServiceRoleForAutoScaling .*CreateGrant/,
    );
  });
});

describe("subnets", () => {
  const volumes = { "kafka-1": { sizeGiB: 30, zone: "us-east-1a" } };

  it("of nodes that exist keep their blocks, and their VPC", () => {
    const settings = sampleSettings();
    const nodes = planNodes(settings);
    const planned = planNetwork(settings).nodeSubnets;
    const existing = (more: object) => planned.map(({ zone, cidr }) => ({ zone, cidr, vpcId: "vpc-1", ...more }));
    assert.deepEqual(existingSubnetFaults(settings, nodes, volumes, existing({})), []);
    assert.deepEqual(existingSubnetFaults(settings, nodes, {}, existing({ cidr: "10.9.0.0/24" })), []);
    assert.deepEqual(existingSubnetFaults(settings, nodes, volumes, []), []);
    const faults = existingSubnetFaults(settings, nodes, volumes, existing({ cidr: "10.9.0.0/24" }));
    assert.equal(faults.length, 1, "only where a node has a volume");
    assert.match(
      told(faults),
      /would take the place of 10\.9\.0\.0\/24 in us-east-1a, and the addresses of kafka-1 would/,
    );
  });

  const subnet = (id: string, more: Partial<GivenSubnet> = {}): GivenSubnet => ({
    id,
    vpcId: "vpc-1",
    zone: "us-east-1a",
    cidr: "10.1.0.0/24",
    routes: { id: "rtb-1", toInternetGateway: false },
    ...more,
  });
  const three = ["a", "b", "c"].map((zone) => subnet(`subnet-${zone}`, { zone: `us-east-1${zone}` }));
  const ops = subnet("subnet-ops", { routes: { id: "rtb-2", toInternetGateway: true } });
  const s3 = { id: "vpce-1", routeTableIds: ["rtb-1"] };
  const given = (parts: { nodes?: GivenSubnet[]; ops?: GivenSubnet; s3?: typeof s3 | undefined }) =>
    told(
      givenSubnetFaults(
        { region: "us-east-1", network: { ...sampleSettings().network, vpcId: "vpc-1" } },
        parts.nodes ?? three,
        parts.ops ?? ops,
        "s3" in parts ? parts.s3 : s3,
      ),
    );

  it("that are given are in the VPC and the zones that the settings say, large enough, and have the ways that nodes need", () => {
    assert.equal(given({}), "");
    const [a, b, c] = three as [GivenSubnet, GivenSubnet, GivenSubnet];
    assert.equal(
      given({ nodes: [a, { ...b, zone: "us-east-1a" }, c] }),
      "nodeSubnetIds[1]: subnet-b is in us-east-1a; give a subnet in us-east-1b, which is availabilityZones[1]",
    );
    assert.equal(
      given({ nodes: [{ ...a, vpcId: "vpc-2" }, b, c] }),
      "nodeSubnetIds[0]: subnet-a is in vpc-2; give a subnet of vpcId vpc-1",
    );
    assert.match(
      given({ nodes: [a, b, { ...c, cidr: "10.1.0.0/28" }] }),
      /^nodeSubnetIds\[2\]: subnet-c has 10\.1\.0\.0\/28; give a \/25 or/,
    );
    assert.equal(given({ nodes: [a, b, { ...c, cidr: "10.1.0.0/25" }] }), "");
    assert.match(
      given({ ops: { ...ops, routes: { id: "rtb-1", toInternetGateway: false } } }),
      /^opsSubnetId: subnet-ops has no route to an internet/,
    );
    assert.match(given({ ops: { ...ops, vpcId: "vpc-9" } }), /^opsSubnetId: subnet-ops is in vpc-9/);
  });

  it("have a route to S3's endpoint, or the message says the command that makes one", () => {
    assert.match(
      given({ s3: undefined }),
      /^nodeSubnetIds: rtb-1 has no route .*create-vpc-endpoint --vpc-id vpc-1 .*us-east-1\.s3 --route-table-ids rtb-1$/,
    );
    const other = three.map((one, index) =>
      index === 2 ? { ...one, routes: { id: "rtb-3", toInternetGateway: false } } : one,
    );
    assert.match(
      given({ nodes: other }),
      /^nodeSubnetIds: rtb-3 has no route .*modify-vpc-endpoint --vpc-endpoint-id vpce-1 --add-route-table-ids rtb-3$/,
    );
  });
});
