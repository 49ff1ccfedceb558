import assert from "node:assert/strict";
import { opsNode, tagKeys } from "../../planning/cluster/names";
import { rules, type Planned } from "../../policyPack/rules";
import { runProgram, type ProgramRun, type Registered } from "./runProgram";

const planned = ({ type, name, inputs, protect }: Registered): Planned => ({
  type,
  name,
  props: inputs as Planned["props"],
  isProtected: protect,
});

/** The rules that a resource breaks. */
const brokenBy = (resource: Planned) => rules.filter(({ faultsOf }) => faultsOf(resource).length > 0);

describe("the policy pack", () => {
  let run: ProgramRun;
  before(async () => {
    run = await runProgram({ dataProtection: true });
  });

  it("has nothing against what the program makes", () => {
    const faults = run.resources.flatMap((one) =>
      brokenBy(planned(one)).map(({ name, faultsOf }) => `${one.name}: ${name}: ${faultsOf(planned(one)).join("; ")}`),
    );
    assert.deepEqual(faults, []);
    const addresses = run.resources.filter(({ type }) => type === "aws:ec2/eip:Eip");
    assert.deepEqual(
      addresses.map(({ inputs }) => (inputs as { tags: Record<string, string> }).tags[tagKeys.node]),
      [opsNode],
    );
  });

  const changes: readonly (readonly [rule: string, kind: string, change: Readonly<Record<string, unknown>>])[] = [
    ["volumes-encrypted", "Volume", { encrypted: false }],
    ["volumes-encrypted", "Volume", { encrypted: undefined }],
    ["root-volumes-encrypted", "LaunchTemplate", { blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: {} }] }],
    ["root-volumes-encrypted", "LaunchTemplate", { blockDeviceMappings: undefined }],
    ["imdsv2", "LaunchTemplate", { metadataOptions: { httpTokens: "optional" } }],
    ["imdsv2", "LaunchTemplate", { metadataOptions: undefined }],
    ["no-public-address", "LaunchTemplate", { networkInterfaces: [{ associatePublicIpAddress: "true" }] }],
    ["no-public-subnet", "Subnet", { mapPublicIpOnLaunch: true }],
    ["no-node-address", "Eip", { tags: { [tagKeys.cluster]: "kafka", [tagKeys.node]: "kafka-1" } }],
    ["no-open-port", "SecurityGroupIngressRule", { cidrIpv4: "0.0.0.0/0" }],
    ["no-open-port", "SecurityGroupIngressRule", { cidrIpv6: "::/0" }],
    ["no-open-port", "SecurityGroup", { ingress: [{ cidrBlocks: ["10.0.0.0/8", "0.0.0.0/0"] }] }],
    ["groups-of-one", "Group", { minSize: 0 }],
    ["groups-of-one", "Group", { maxSize: 2 }],
    ["groups-of-one", "Group", { instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 200 } }],
    ["groups-of-one", "Group", { instanceMaintenancePolicy: undefined }],
  ];
  for (const [rule, kind, change] of changes) {
    const shown = JSON.stringify(change, (_, value: unknown) => (value === undefined ? null : value));
    it(`refuses a ${kind} with ${shown}: ${rule}`, () => {
      const sound = run.resources.find(({ type }) => type.endsWith(`:${kind}`));
      assert.ok(sound, kind);
      const { props, ...others } = planned(sound);
      const broken = brokenBy({ ...others, props: { ...props, ...change } });
      assert.deepEqual(
        broken.map(({ name }) => name),
        [rule],
      );
    });
  }

  it("refuses a security group's rule of the older kind, open to the world: no-open-port", () => {
    const type = "aws:ec2/securityGroupRule:SecurityGroupRule";
    const open = { type: "ingress", ipv6CidrBlocks: ["::/0"] };
    const brokenWith = (props: Planned["props"]) =>
      brokenBy({ type, name: "old", props, isProtected: false }).map(({ name }) => name);
    assert.deepEqual(brokenWith(open), ["no-open-port"]);
    assert.deepEqual(brokenWith({ ...open, type: "egress" }), []);
  });

  it("refuses a data volume that is not protected: volumes-protected", () => {
    const volumes = run.resources
      .filter(({ type, name }) => type === "aws:ebs/volume:Volume" && name !== "monitoring")
      .map(planned);
    assert.ok(volumes.length > 0);
    for (const volume of volumes) {
      const broken = brokenBy({ ...volume, isProtected: false });
      assert.deepEqual(
        broken.map(({ name }) => name),
        ["volumes-protected"],
      );
    }
  });

  it("refuses whatever the program tags, without its tags: tagged", () => {
    const tagged = run.resources.map(planned).filter(({ props }) => props.tags !== undefined);
    const passed = tagged.filter(
      (resource) => !brokenBy({ ...resource, props: { ...resource.props, tags: {} } }).some((r) => r.name === "tagged"),
    );
    assert.deepEqual([...new Set(passed.map(({ type }) => type))], []);
  });
});
