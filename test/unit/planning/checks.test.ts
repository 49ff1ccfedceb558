import assert from "node:assert/strict";
import {
  existingVolumeFaults,
  existingVpcFaults,
  imageFaults,
  offeringFaults,
  zonesByType,
} from "../../../planning/checks";
import { planNodes } from "../../../planning/nodes";
import { SettingsError, throwFaults, type Fault } from "../../../settings/faults";
import { sampleSettings } from "../settings/sampleSettings";

const told = (faults: readonly Fault[]): string => new SettingsError(faults).message;

describe("checks against what exists", () => {
  const mixed = sampleSettings({ "brokers.instanceType": "m7g.large", "zookeeper.instanceType": "t4g.small" });

  it("a type that a zone does not offer", () => {
    assert.deepEqual(zonesByType(mixed), {
      "m7g.large": ["us-east-1a", "us-east-1b", "us-east-1c"],
      "t4g.small": ["us-east-1a", "us-east-1b", "us-east-1c"],
      "t3.micro": ["us-east-1a"],
    });
    const all = ["us-east-1a", "us-east-1b", "us-east-1c"];
    assert.deepEqual(offeringFaults(mixed, { "m7g.large": all, "t4g.small": all, "t3.micro": all }), []);
    assert.equal(
      told(offeringFaults(mixed, { "m7g.large": ["us-east-1a", "us-east-1b"], "t3.micro": all })),
      "brokers.instanceType: m7g.large is not offered in us-east-1c; it is offered in us-east-1a, us-east-1b: choose another type, or other network.zones\n" +
        "zookeeper.instanceType: t4g.small is not offered in us-east-1a, us-east-1b, us-east-1c; it is offered nowhere in us-east-1: choose another type, or other network.zones",
    );
  });

  it("an image of the wrong architecture", () => {
    const settings = sampleSettings({ "image.id": "ami-0123456789abcdef0" });
    const image = { id: "ami-0123456789abcdef0", architecture: "arm64" as const };
    assert.equal(imageFaults(settings, { ...image, architecture: "x86_64" }).length, 0);
    assert.match(
      told(imageFaults(settings, image)),
      /^image\.id: ami-0123456789abcdef0 is an image for arm64, brokers\.instanceType t3\.micro is x86_64; choose/,
    );
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
      "brokers.volumeGiB: 30 is smaller than the existing volume of kafka-1 (50 GiB), kafka-2 (40 GiB); EBS volumes only grow: give 50 or more",
    );
    assert.deepEqual(
      existingVolumeFaults(nodes, { "kafka-1": volume(20, "us-east-1a"), "kafka-9": volume(99, "us-east-1a") }),
      [],
    );
  });

  it("a node whose volume is in another zone", () => {
    const nodes = planNodes(sampleSettings({ "network.zones": ["us-east-1b", "us-east-1a", "us-east-1c"] }));
    const faults = existingVolumeFaults(nodes, { "zookeeper-1": { sizeGiB: 8, zone: "us-east-1a" } });
    assert.match(
      told(faults),
      /^network\.zones: zookeeper-1 would move from us-east-1a to us-east-1b, but its volume can't/,
    );
  });

  it("subnets that are taken in an existing VPC", () => {
    const settings = sampleSettings({ "network.vpcId": "vpc-0123456789abcdef0" });
    const vpc = { id: "vpc-0123456789abcdef0", cidrs: ["10.20.0.0/16"], subnets: [] };
    assert.deepEqual(existingVpcFaults(settings, vpc), []);
    assert.match(
      told(existingVpcFaults(settings, { ...vpc, subnets: [{ id: "subnet-1", cidr: "10.20.17.0/24" }] })),
      /^network\.vpcCidr: subnet 10\.20\.16\.0\/20 overlaps subnet-1 \(10\.20\.17\.0\/24\)/,
    );
    assert.equal(
      told(existingVpcFaults(settings, { ...vpc, cidrs: ["10.30.0.0/16"] })),
      "network.vpcCidr: 10.20.0.0/16 is not inside vpc-0123456789abcdef0, which has 10.30.0.0/16; give a free block of that VPC",
    );
  });

  it("are thrown like the settings' own faults", () => {
    assert.doesNotThrow(() => throwFaults([]));
    assert.throws(() => throwFaults([{ path: "a", message: "b" }]), SettingsError);
  });
});
