import assert from "node:assert/strict";
import { ensembleFaults, existingSubnetFaults, existingVolumeFaults } from "../../../../planning/checks/existingNodes";
import {
  captureWarnings,
  existingVpcFaults,
  nameServerWarning,
  rivalZoneFaults,
} from "../../../../planning/checks/existingVpc";
import { deprecationOf, imageFaults } from "../../../../planning/checks/images";
import { crowdedQuota, vcpuFaults, vcpuNeeds } from "../../../../planning/checks/quotas";
import { offeringFaults, typeUses } from "../../../../planning/checks/machines";
import { planNodes } from "../../../../planning/node/nodes";
import { SettingsError, throwFaults, type Fault } from "../../../../settings/faults";
import { sampleSettings } from "../../settings/sampleSettings";

const told = (faults: readonly Fault[]): string => new SettingsError(faults).message;

describe("checks against what exists", () => {
  it("a type that a zone does not offer", () => {
    const mixed = sampleSettings({ brokerInstanceType: "m7g.large", zookeeperInstanceType: "t4g.small" });
    const all = ["us-east-1a", "us-east-1b", "us-east-1c"];
    assert.deepEqual(offeringFaults(mixed, { "m7g.large": all, "t4g.small": all, "t3.micro": all }), []);
    assert.equal(
      told(offeringFaults(mixed, { "m7g.large": ["us-east-1a", "us-east-1b"], "t3.micro": all })),
      "brokerInstanceType: m7g.large is not offered in us-east-1c; it is offered in us-east-1a, us-east-1b: choose " +
        "another type, or other availabilityZones\n" +
        "zookeeperInstanceType: t4g.small is not offered in us-east-1a, us-east-1b, us-east-1c; it is offered " +
        "nowhere in us-east-1: choose another type, or other availabilityZones",
    );
  });

  it("a type is looked for in the zones where its machines stand", () => {
    const zones = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"];
    const uses = typeUses(sampleSettings({ availabilityZones: zones, zookeeperInstanceType: "t3.small" }));
    assert.deepEqual(
      uses.map((use) => [use.type, use.count, use.zones]),
      [
        ["t3.micro", 5, zones],
        ["t3.small", 3, zones.slice(0, 3)],
        ["t3.micro", 1, zones.slice(0, 1)],
      ],
    );
  });

  it("an image of the wrong architecture", () => {
    const settings = sampleSettings({ imageId: "ami-0123456789abcdef0" });
    const image = { id: "ami-0123456789abcdef0", architecture: "arm64" as const, state: "available" };
    assert.equal(imageFaults(settings, { ...image, architecture: "x86_64" }).length, 0);
    assert.match(
      told(imageFaults(settings, image)),
      /^imageId: ami-0123456789abcdef0 is an image for arm64, brokerInstanceType t3\.micro is x86_64; choose/,
    );
    // It is one for all: each type that is not of its kind is named, the ops host's too.
    const arm = {
      brokerInstanceType: "m7g.large",
      zookeeperInstanceType: "t4g.small",
      opsHostInstanceType: "t4g.small",
    };
    assert.deepEqual(imageFaults(sampleSettings(arm), image), []);
    for (const [key, type] of [
      ["brokerInstanceType", "m7i.large"],
      ["zookeeperInstanceType", "t3.small"],
      ["opsHostInstanceType", "t3.micro"],
    ] as const) {
      const faults = imageFaults(sampleSettings({ ...arm, [key]: type }), image);
      assert.equal(faults.length, 1, key);
      assert.match(faults[0]?.message ?? "", new RegExp(`image for arm64, ${key} ${type} is x86_64`));
    }
  });

  it("an image from which nothing can be started", () => {
    const image = { id: "ami-1", architecture: "x86_64" as const, state: "disabled" };
    assert.equal(
      told(imageFaults(sampleSettings(), image)),
      "imageId: ami-1 is disabled, so nothing can be started from it; choose one that is available",
    );
  });

  it("an image is deprecated from its date on", () => {
    const image = { id: "ami-1", deprecationTime: "2026-08-30T12:00:00.000Z" };
    assert.equal(deprecationOf(image, new Date("2026-08-30T11:59:59Z")), undefined);
    for (const now of ["2026-08-30T12:00:00Z", "2026-08-30T12:00:01Z"])
      assert.match(deprecationOf(image, new Date(now))?.message ?? "", /deprecated since 2026-08-30: /);
    assert.equal(deprecationOf({ id: "ami-1", deprecationTime: "" }, new Date()), undefined);
  });

  it("quotas are counted by family; what is in none is not checked", () => {
    const settings = sampleSettings({ brokerInstanceType: "i4i.large", zookeeperInstanceType: "t3.small" });
    assert.deepEqual(
      vcpuNeeds(settings).map(({ code, vcpus }) => [code, vcpus]),
      [["L-1216C47A", 18]],
    );
    const [need] = vcpuNeeds(settings);
    assert.ok(need);
    assert.equal(vcpuFaults(settings, need, 18).length, 0);
    assert.match(
      told(vcpuFaults(settings, need, 17)),
      /^brokerCount: 5 × i4i\.large, 3 × t3\.small, 1 × t3\.micro need 18 vCPUs, .* in us-east-1 is 17; .* --quota-code L-1216C47A --desired-value 18$/,
    );
    // Others are taken to have two vCPUs each; where even the whole quota is too small there is a fault instead.
    assert.equal(crowdedQuota(settings, need, 58, 20), undefined);
    assert.equal(crowdedQuota(settings, need, 17, 20), undefined);
    for (const quota of [18, 57]) {
      assert.match(
        crowdedQuota(settings, need, quota, 20)?.message ?? "",
        /which 20 other instances share: .*VcpuLimitExceeded; .* --desired-value 58$/,
      );
    }
  });

  it("a volume that would have to shrink", () => {
    const volume = (sizeGiB: number, zone: string) => ({ sizeGiB, zone });
    const nodes = planNodes(sampleSettings());
    const grown = {
      "kafka-1": volume(50, "us-east-1a"),
      "kafka-2": volume(40, "us-east-1b"),
      "kafka-3": volume(30, "us-east-1c"),
    };
    assert.equal(
      told(existingVolumeFaults(nodes, grown)),
      "brokerVolumeGiB: 30 is smaller than the existing volume of kafka-1 (50 GiB), kafka-2 (40 GiB); EBS " +
        "volumes only grow: give 50 or more",
    );
    assert.deepEqual(
      existingVolumeFaults(nodes, { "kafka-1": volume(20, "us-east-1a"), "kafka-9": volume(99, "us-east-1a") }),
      [],
    );
  });

  it("a node whose volume is in another zone", () => {
    const nodes = planNodes(sampleSettings({ availabilityZones: ["us-east-1b", "us-east-1a", "us-east-1c"] }));
    const faults = existingVolumeFaults(nodes, { "zookeeper-1": { sizeGiB: 8, zone: "us-east-1a" } });
    assert.match(
      told(faults),
      /^availabilityZones: zookeeper-1 would move from us-east-1a to us-east-1b, but its volume can't/,
    );
  });

  it("ZooKeeper's volumes and a zone that is added are no exception", () => {
    const four = sampleSettings({ availabilityZones: ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"] });
    const faults = existingVolumeFaults(planNodes(four), {
      "kafka-3": { sizeGiB: 30, zone: "us-east-1c" },
      "kafka-4": { sizeGiB: 30, zone: "us-east-1a" },
      "zookeeper-2": { sizeGiB: 20, zone: "us-east-1b" },
    });
    assert.match(told(faults), /^availabilityZones: kafka-4 would move from us-east-1a to us-east-1d/);
    assert.match(told(faults), /^zookeeperVolumeGiB: 8 is smaller than the existing volume of zookeeper-2 \(20 GiB\)/m);
    assert.equal(faults.length, 2);
  });

  describe("an ensemble that exists", () => {
    const ensemble = (...ids: number[]) =>
      Object.fromEntries(
        ["kafka-1", ...ids.map((id) => `zookeeper-${id}`)].map((name) => [name, { sizeGiB: 8, zone: "us-east-1a" }]),
      );
    const faultsOf = (count: number, existing: ReturnType<typeof ensemble>) =>
      told(ensembleFaults(planNodes(sampleSettings({ zookeeperCount: count })), existing));

    it("keeps its number of members", () => {
      assert.equal(
        faultsOf(5, ensemble(1, 2, 3)),
        "zookeeperCount: 5 would change the existing ensemble of 3 (zookeeper-1, zookeeper-2, zookeeper-3); " +
          "its members are fixed, as two majorities could form while they change one by one: keep 3",
      );
      assert.match(
        faultsOf(5, ensemble(3, 1, 2)),
        /^zookeeperCount: 5 would .* of 3 \(zookeeper-1, zookeeper-2, zookeeper-3\); /,
      );
      assert.match(faultsOf(3, ensemble(1, 2, 3, 4, 5)), /^zookeeperCount: 3 would change .* ensemble of 5 .*keep 5$/);
    });

    it("may be made to the end when its creation was interrupted", () => {
      assert.equal(faultsOf(3, ensemble()), "");
      assert.equal(faultsOf(3, ensemble(1, 3)), "");
      // The first ones of five, in the order in which they are made.
      assert.equal(faultsOf(5, ensemble(1)), "");
      assert.equal(faultsOf(5, ensemble(1, 2, 3, 4)), "");
      assert.equal(faultsOf(5, ensemble(1, 2, 4)), "");
      assert.equal(faultsOf(3, ensemble(1, 2, 3)), "");
    });
  });

  describe("addresses of nodes that exist", () => {
    const volumes = { "kafka-2": { sizeGiB: 30, zone: "us-east-1b" }, "kafka-9": { sizeGiB: 30, zone: "us-east-1c" } };
    const existing = [
      { zone: "us-east-1a", cidr: "10.99.0.0/20", vpcId: "vpc-00000001" },
      { zone: "us-east-1b", cidr: "10.20.16.0/20", vpcId: "vpc-00000001" },
      { zone: "us-east-1c", cidr: "10.99.32.0/20", vpcId: "vpc-00000001" },
    ];
    const faultsOf = (config: Record<string, unknown>) => {
      const settings = sampleSettings(config);
      return told(existingSubnetFaults(settings, planNodes(settings), volumes, existing));
    };

    it("stay, and a zone without such a node may change", () => {
      assert.equal(faultsOf({}), "");
      assert.equal(
        faultsOf({ vpcCidr: "10.30.0.0/16" }),
        "vpcCidr: 10.30.16.0/20 would take the place of 10.20.16.0/20 in us-east-1b, and the addresses of " +
          "kafka-2 would be lost; keep the blocks with which the cluster was made",
      );
      const blocks = ["10.20.0.0/20", "10.20.64.0/20", "10.20.32.0/20"];
      assert.match(faultsOf({ nodeSubnetCidrs: blocks }), /^nodeSubnetCidrs\[1\]: 10\.20\.64\.0\/20/);
    });

    it("are not taken to another VPC", () => {
      assert.equal(
        faultsOf({ vpcId: "vpc-00000002" }),
        "vpcId: vpc-00000002 is not vpc-00000001, which holds kafka-2; keep the VPC in which the cluster was made",
      );
      assert.equal(faultsOf({ vpcId: "vpc-00000001" }), "");
    });
  });

  it("subnets that are taken in an existing VPC", () => {
    const settings = sampleSettings({ vpcId: "vpc-0123456789abcdef0" });
    const vpc = { id: "vpc-0123456789abcdef0", cidrs: ["10.20.0.0/16"], subnets: [] };
    assert.deepEqual(existingVpcFaults(settings, vpc), []);
    assert.match(
      told(existingVpcFaults(settings, { ...vpc, subnets: [{ id: "subnet-1", cidr: "10.20.17.0/24" }] })),
      /^vpcCidr: subnet 10\.20\.16\.0\/20 overlaps subnet-1 \(10\.20\.17\.0\/24\)/,
    );
    assert.equal(
      told(existingVpcFaults(settings, { ...vpc, cidrs: ["10.30.0.0/16"] })),
      "vpcCidr: 10.20.0.0/16 is not inside vpc-0123456789abcdef0, which has 10.30.0.0/16; give a free " +
        "block of that VPC",
    );
  });

  it("clients in no block of an existing VPC, which may have several, and to whom no route leads", () => {
    const vpc = { id: "vpc-0123456789abcdef0", cidrs: ["10.20.0.0/16", "10.21.0.0/16"], subnets: [] };
    const settings = sampleSettings({
      vpcId: vpc.id,
      clientCidrs: ["10.21.3.0/24", "10.22.0.0/16"],
    });
    assert.match(
      told(existingVpcFaults(settings, vpc)),
      /^clientCidrs\[1\]: 10\.22\.0\.0\/16 is outside the VPC \(10\.20\.0\.0\/16, 10\.21\.0\.0\/16\)/,
    );
  });

  it("another zone of the same name", () => {
    assert.equal(
      told(rivalZoneFaults("kafka.internal", [{ zoneId: "Z1", vpcId: "vpc-1" }])),
      "dnsDomain: vpc-1 has a private zone kafka.internal already (Z1), such as another cluster's, and a VPC " +
        "takes one of a name; choose another, e.g. kafka-2.internal",
    );
  });

  it("name servers that do not know the cluster's names", () => {
    const warning = (...servers: string[]) =>
      nameServerWarning("kafka.internal", { id: "vpc-1", cidrs: ["10.20.0.0/16"] }, servers)?.message;
    assert.equal(warning("AmazonProvidedDNS"), undefined);
    assert.equal(warning("10.20.0.2"), undefined);
    assert.match(
      warning("10.20.0.2", "10.9.0.53") ?? "",
      /^the DHCP options of vpc-1 name 10\.9\.0\.53: clients there/,
    );
    assert.match(warning() ?? "", /name no DNS server/);
  });

  it("endpoints of others that answer for what the ops host calls", () => {
    const [warning] = captureWarnings(sampleSettings(), [{ id: "vpce-1", service: "ssm", securityGroupIds: ["sg-1"] }]);
    assert.match(
      warning?.message ?? "",
      /calls of ssm go to vpce-1.*: let 10\.20\.240\.0\/26 in on port 443 \(.*sg-1\)/,
    );
  });

  it("are thrown like the settings' own faults", () => {
    assert.doesNotThrow(() => throwFaults([]));
    assert.throws(() => throwFaults([{ path: "a", message: "b" }]), SettingsError);
  });
});
