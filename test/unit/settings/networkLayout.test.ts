import assert from "node:assert/strict";
import { layOutNetwork, nodeSubnetPath, zoneOf, type LayoutInput } from "../../../settings/networkLayout";
import { copiesLeftWithoutZone, largestInOneZone } from "../../../settings/zoneSpread";

const zones = ["a", "b", "c"];
const apart = "choose blocks that share no address";

function laidOut(input: Partial<LayoutInput>) {
  const { layout, faults } = layOutNetwork({
    vpcCidr: "10.20.0.0/16",
    zones,
    nodeSubnetCidrs: [],
    opsSubnetCidr: "",
    ...input,
  });
  assert.equal(layout === undefined, faults.length > 0);
  const blocks = layout && [...layout.nodeSubnets, layout.opsSubnet].map(({ zone, cidr }) => `${zone} ${cidr}`);
  return blocks ?? faults.map(({ path, message }) => `${path}: ${message}`);
}

describe("the subnets of a VPC", () => {
  it("are its sixteenths, the first for the nodes of each zone, of the last a /26 for the ops host", () => {
    assert.deepEqual(laidOut({}), ["a 10.20.0.0/20", "b 10.20.16.0/20", "c 10.20.32.0/20", "a 10.20.240.0/26"]);
    // Another zone moves none of them.
    assert.deepEqual(laidOut({ zones: [...zones, "d"] }).slice(0, 4), [...laidOut({}).slice(0, 3), "d 10.20.48.0/20"]);
  });

  it("are never smaller than a /25, however small the VPC is, until there are too few", () => {
    assert.deepEqual(laidOut({ vpcCidr: "10.20.0.0/22" }).slice(1), [
      "b 10.20.0.128/25",
      "c 10.20.1.0/25",
      "a 10.20.3.128/26",
    ]);
    assert.deepEqual(laidOut({ vpcCidr: "10.20.0.0/23" }), [
      "a 10.20.0.0/25",
      "b 10.20.0.128/25",
      "c 10.20.1.0/25",
      "a 10.20.1.128/26",
    ]);
    const tooSmall = (vpcCidr: string, wanted: readonly string[], remedy: number) =>
      assert.match(
        laidOut({ vpcCidr, zones: wanted }).join(),
        new RegExp(
          `^vpcCidr: ${vpcCidr} is too small .* each of ${wanted.length} .*; use /${remedy} or larger, or give`,
        ),
      );
    tooSmall("10.20.0.0/24", zones, 23);
    tooSmall("10.20.0.0/25", zones, 23);
    tooSmall("10.20.0.0/28", zones, 23);
    tooSmall("10.20.0.0/23", [...zones, "d"], 22);
  });

  it("may be given, in the order of the zones, all inside the VPC and apart from each other", () => {
    const nodeSubnetCidrs = ["10.20.0.0/24", "10.20.1.0/25", "10.20.2.0/24"];
    assert.deepEqual(laidOut({ nodeSubnetCidrs, opsSubnetCidr: "10.20.3.0/28" }), [
      "a 10.20.0.0/24",
      "b 10.20.1.0/25",
      "c 10.20.2.0/24",
      "a 10.20.3.0/28",
    ]);
    assert.deepEqual(laidOut({ nodeSubnetCidrs, opsSubnetCidr: "10.21.0.0/24" }), [
      "opsSubnetCidr: 10.21.0.0/24 is outside vpcCidr 10.20.0.0/16; choose a block inside",
    ]);
    // What was computed gives way: the fault names the block that somebody has chosen.
    assert.deepEqual(laidOut({ nodeSubnetCidrs: ["10.20.240.0/24", "10.20.1.0/24", "10.20.2.0/24"] }), [
      "nodeSubnetCidrs[0]: 10.20.240.0/24 overlaps 10.20.240.0/26 (computed from vpcCidr); " + apart,
    ]);
    assert.deepEqual(laidOut({ opsSubnetCidr: "10.20.0.0/28" }), [
      "opsSubnetCidr: 10.20.0.0/28 overlaps 10.20.0.0/20 (computed from vpcCidr); " + apart,
    ]);
    assert.deepEqual(laidOut({ nodeSubnetCidrs: [...nodeSubnetCidrs.slice(0, 2), "10.20.2.0/26"] }), [
      "nodeSubnetCidrs[2]: 10.20.2.0/26 is too small: host numbers up to 111 are kept for nodes; use /25 or larger",
    ]);
    // In a VPC that has room for them only.
    assert.deepEqual(
      laidOut({
        vpcCidr: "10.20.0.0/25",
        zones: ["a"],
        nodeSubnetCidrs: ["10.20.0.0/25"],
      }),
      ["nodeSubnetCidrs[0]: 10.20.0.0/25 overlaps 10.20.0.0/26 (computed from vpcCidr); " + apart],
    );
  });

  it("have their blocks from the setting that a fault names", () => {
    assert.equal(nodeSubnetPath({ nodeSubnetCidrs: [] }, 2), "vpcCidr");
    assert.equal(nodeSubnetPath({ nodeSubnetCidrs: ["10.20.0.0/24"] }, 2), "nodeSubnetCidrs[2]");
  });
});

describe("nodes in zones", () => {
  it("are dealt to them in turn", () => {
    assert.deepEqual(
      [1, 2, 3, 4, 7].map((id) => zoneOf(zones, id)),
      ["a", "b", "c", "a", "a"],
    );
    assert.equal(zoneOf([], 1), "");
    assert.deepEqual(
      [0, 1, 3, 4, 5, 7].map((nodes) => largestInOneZone(zones, nodes)),
      [0, 1, 1, 2, 2, 3],
    );
  });

  it("leave as many copies when a zone is lost as the best placement does", () => {
    const left = (brokers: number, copies: number, many = zones) => copiesLeftWithoutZone(many, brokers, copies);
    assert.deepEqual([left(5, 3), left(5, 4), left(5, 5), left(3, 3), left(6, 2)], [2, 2, 3, 2, 1]);
    assert.deepEqual([left(9, 4, ["a"]), left(5, 4, ["a", "b", "c", "d"]), left(2, 3)], [0, 3, 0]);
  });
});
