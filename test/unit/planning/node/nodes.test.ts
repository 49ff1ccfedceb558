import assert from "node:assert/strict";
import fc from "fast-check";
import { planNetwork } from "../../../../planning/node/addresses";
import { planNodes } from "../../../../planning/node/nodes";
import { blocksCovering, cidrOf, cidrSize, containsCidr, formatCidr } from "../../../../settings/cidr";
import { sampleSettings } from "../../settings/sampleSettings";

describe("the network's blocks", () => {
  it("are computed from the VPC's", () => {
    const { vpcCidr, nodeSubnets, opsSubnet } = planNetwork(sampleSettings());
    assert.equal(vpcCidr, "10.20.0.0/16");
    assert.deepEqual(
      nodeSubnets.map(({ zone, cidr }) => [zone, cidr]),
      [
        ["us-east-1a", "10.20.0.0/20"],
        ["us-east-1b", "10.20.16.0/20"],
        ["us-east-1c", "10.20.32.0/20"],
      ],
    );
    assert.deepEqual(opsSubnet, { zone: "us-east-1a", cidr: "10.20.240.0/26" });
  });

  it("are kept for nodes from the first address that AWS leaves free to beyond the last ZooKeeper node", () => {
    assert.deepEqual(planNetwork(sampleSettings()).nodeSubnets[1]?.keptCidrs, [
      "10.20.16.4/30",
      "10.20.16.8/29",
      "10.20.16.16/28",
      "10.20.16.32/27",
      "10.20.16.64/27",
      "10.20.16.96/28",
    ]);
  });

  it("cover what they shall and no more", () => {
    const range = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(range, ([a, b]) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        const subnet = cidrOf("10.20.3.0/24");
        let next = subnet.base + first;
        for (const block of blocksCovering(subnet, first, last)) {
          assert.equal(formatCidr(block), formatCidr(cidrOf(formatCidr(block))));
          assert.equal(block.base, next);
          next += cidrSize(block);
        }
        assert.equal(next, subnet.base + last + 1);
      }),
    );
  });

  it("stay where they are when a zone is added", () => {
    const four = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"];
    const before = planNetwork(sampleSettings());
    const after = planNetwork(sampleSettings({ availabilityZones: four }));
    assert.deepEqual(after.nodeSubnets.slice(0, 3), before.nodeSubnets);
    assert.deepEqual(after.opsSubnet, before.opsSubnet);
  });

  it("fit into a /23", () => {
    const { nodeSubnets, opsSubnet } = planNetwork(sampleSettings({ vpcCidr: "10.9.2.0/23" }));
    assert.deepEqual(
      [...nodeSubnets, opsSubnet].map(({ cidr }) => cidr),
      ["10.9.2.0/25", "10.9.2.128/25", "10.9.3.0/25", "10.9.3.128/26"],
    );
  });

  it("are those that are given", () => {
    const given = ["10.20.1.0/24", "10.20.2.0/24", "10.20.3.0/25"];
    const plan = planNetwork(sampleSettings({ nodeSubnetCidrs: given, opsSubnetCidr: "10.20.9.0/28" }));
    assert.deepEqual(
      plan.nodeSubnets.map(({ cidr }) => cidr),
      given,
    );
    assert.equal(plan.opsSubnet.cidr, "10.20.9.0/28");
  });
});

describe("the nodes", () => {
  it("are numbered from 1, over the zones in turn, each at its fixed address", () => {
    const { brokers, zookeeper } = planNodes(sampleSettings());
    assert.deepEqual(
      brokers.map(({ name, zone, privateIp }) => [name, zone, privateIp]),
      [
        ["kafka-1", "us-east-1a", "10.20.0.11"],
        ["kafka-2", "us-east-1b", "10.20.16.12"],
        ["kafka-3", "us-east-1c", "10.20.32.13"],
        ["kafka-4", "us-east-1a", "10.20.0.14"],
        ["kafka-5", "us-east-1b", "10.20.16.15"],
      ],
    );
    assert.deepEqual(
      zookeeper.map(({ name, zone, privateIp }) => [name, zone, privateIp]),
      [
        ["zookeeper-1", "us-east-1a", "10.20.0.101"],
        ["zookeeper-2", "us-east-1b", "10.20.16.102"],
        ["zookeeper-3", "us-east-1c", "10.20.32.103"],
      ],
    );
  });

  it("keep everything when brokers are added", () => {
    const { brokers, zookeeper } = planNodes(sampleSettings());
    const more = planNodes(sampleSettings({ brokerCount: 8 }));
    assert.deepEqual(more.brokers.slice(0, 5), brokers);
    assert.deepEqual(more.zookeeper, zookeeper);
  });

  it("have a heap of half their memory, up to 6 GiB for brokers and 1 GiB for ZooKeeper", () => {
    const heaps = (type: string): number[] => {
      const plan = planNodes(sampleSettings({ brokerInstanceType: type, zookeeperInstanceType: type }));
      return [plan.brokers[0]?.heapMiB ?? 0, plan.zookeeper[0]?.heapMiB ?? 0];
    };
    assert.deepEqual(heaps("t3.micro"), [512, 512]);
    assert.deepEqual(heaps("t3.medium"), [2048, 1024]);
    assert.deepEqual(heaps("m6i.2xlarge"), [6144, 1024]);
    assert.equal(planNodes(sampleSettings({ brokerHeapMiB: 300 })).brokers[0]?.heapMiB, 300);
  });

  it("fit at the largest allowed size", () => {
    const plan = planNodes(sampleSettings({ brokerCount: 90, zookeeperCount: 7, vpcCidr: "10.9.2.0/23" }));
    const all = [...plan.brokers, ...plan.zookeeper];
    assert.equal(new Set(all.map(({ privateIp }) => privateIp)).size, 97);
    const vpc = cidrOf("10.9.2.0/23");
    for (const { privateIp } of all) assert.ok(containsCidr(vpc, cidrOf(`${privateIp}/32`)));
  });
});
