import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { emptyRegion, protocolMatch, renderFirewall, renderRule } from "../../../lab/runtime/firewall";
import { routerPort } from "../../../lab/runtime/names";
import { noFaults } from "../../../lab/runtime/networkFaults";
import type { SecurityGroupRule } from "../../../lab/runtime/desiredState";
import { describedInstance, describedRegion, secondInstance } from "./labFixtures";

const rule = (change: Partial<SecurityGroupRule>): SecurityGroupRule => ({
  protocol: "tcp",
  fromPort: 9092,
  toPort: 9092,
  cidrs: [],
  groupIds: [],
  ...change,
});

const chain = (text: string, name: string): string => {
  const found = new RegExp(`chain ${name} \\{([^}]*(?:\\{[^}]*\\}[^}]*)*)\\n  \\}`).exec(text);
  assert.ok(found, `no chain ${name}`);
  return found[1] ?? "";
};

const aPort = routerPort(describedInstance().id);

describe("lab: security groups as firewall rules", () => {
  it("renders ports, port ranges, every port and every protocol", () => {
    assert.equal(protocolMatch(rule({})), "tcp dport 9092");
    assert.equal(protocolMatch(rule({ fromPort: 2888, toPort: 3888 })), "tcp dport 2888-3888");
    assert.equal(protocolMatch(rule({ protocol: "udp", fromPort: 0, toPort: 65535 })), "meta l4proto udp");
    assert.equal(protocolMatch(rule({ protocol: "-1", fromPort: null, toPort: null })), "");
    assert.equal(protocolMatch(rule({ protocol: "icmp", fromPort: -1, toPort: -1 })), "meta l4proto icmp");
    assert.equal(protocolMatch(rule({ protocol: "icmp", fromPort: 8, toPort: -1 })), "icmp type 8");
    assert.equal(protocolMatch(rule({ protocol: "50", fromPort: null, toPort: null })), "meta l4proto 50");
  });

  it("looks at the sender on the way in and at the receiver on the way out", () => {
    const one = rule({ cidrs: ["10.0.0.0/8"], groupIds: ["sg-b"] });
    assert.deepEqual(renderRule(one, "in"), [
      "ip saddr { 10.0.0.0/8 } tcp dport 9092 accept",
      "ip saddr @members_sg_b tcp dport 9092 accept",
    ]);
    assert.deepEqual(renderRule(one, "out"), [
      "ip daddr { 10.0.0.0/8 } tcp dport 9092 accept",
      "ip daddr @members_sg_b tcp dport 9092 accept",
    ]);
    assert.deepEqual(renderRule(rule({ cidrs: ["0.0.0.0/0", "10.0.0.0/8"] }), "in"), ["tcp dport 9092 accept"]);
    assert.deepEqual(renderRule(rule({ cidrs: ["::/0"] }), "in"), [], "IPv6 ranges match nothing");
  });

  it("permits nothing that no rule of the interface's groups names", () => {
    const text = renderFirewall(describedRegion());
    assert.equal(chain(text, "in_sg_a").trim(), "");
    assert.match(chain(text, "in_i_0123456789abcdef0"), /jump in_sg_a\s+drop$/);
    assert.match(chain(text, "out_i_0123456789abcdef0"), /ip saddr != 10\.20\.0\.11 drop\s+jump out_sg_a\s+drop$/);
    assert.match(chain(text, "receiving"), /policy drop/);
    assert.ok(chain(text, "sending").includes(`"${aPort}" : jump out_i_0123456789abcdef0`), text);
  });

  it("follows the membership of a referenced group", () => {
    const groups = [
      { id: "sg-a", name: "a", vpcId: "vpc-1", ingress: [rule({ groupIds: ["sg-b"] })], egress: [] },
      { id: "sg-b", name: "b", vpcId: "vpc-1", ingress: [], egress: [] },
    ];
    const alone = renderFirewall(describedRegion({ securityGroups: groups }));
    assert.match(alone, /set members_sg_b \{\n {4}type ipv4_addr\n {2}\}/);
    const second = secondInstance();
    const member = { ...second, interfaces: second.interfaces.map((one) => ({ ...one, securityGroupIds: ["sg-b"] })) };
    const both = renderFirewall(describedRegion({ securityGroups: groups, instances: [describedInstance(), member] }));
    assert.match(both, /elements = \{ 10\.20\.1\.12 \}/);
  });

  it("gives a public address both ways, and only while it is associated", () => {
    const first = describedInstance();
    const published = { ...first, interfaces: first.interfaces.map((one) => ({ ...one, publicIp: "198.51.100.10" })) };
    const text = renderFirewall(describedRegion({ instances: [published] }));
    assert.match(chain(text, "inward"), /ip daddr 198\.51\.100\.10 dnat ip to 10\.20\.0\.11/);
    assert.match(chain(text, "outward"), /ip saddr 10\.20\.0\.11 snat ip to 198\.51\.100\.10/);
    assert.doesNotMatch(renderFirewall(describedRegion()), /dnat ip to/);
  });

  describe("AWS itself", () => {
    const https = (change: Partial<SecurityGroupRule>) => rule({ fromPort: 443, toPort: 443, ...change });
    const endpoint = {
      id: "vpce-1",
      vpcId: "vpc-1",
      vpcCidrs: ["10.20.0.0/16"],
      names: [],
      addresses: ["10.20.0.5"],
      securityGroupIds: ["sg-e"],
    };
    const routed = (publicIp: string | null, ...routes: [string, string][]) => {
      const first = describedInstance();
      const described = routes.map(([cidr, target]) => ({ destinations: [cidr], target }));
      const one = {
        ...first,
        interfaces: first.interfaces.map((each) => ({ ...each, publicIp, routes: described })),
      };
      return chain(renderFirewall(describedRegion({ instances: [one] })), "region");
    };

    it("is reached from a subnet with a route there, and over the internet with a public address only", () => {
      const internet: [string, string] = ["0.0.0.0/0", "igw-1"];
      assert.doesNotMatch(routed(null), /dport 443 ip daddr 198/);
      assert.doesNotMatch(routed(null, internet), /ip saddr/);
      assert.match(routed("198.51.100.10", internet), /ip daddr 198\.51\.100\.1 ip saddr \{ 10\.20\.0\.11 \} accept/);
      const s3Only = routed(null, ["198.51.100.4/31", "vpce-2"]);
      assert.match(s3Only, /ip daddr 198\.51\.100\.4 ip saddr \{ 10\.20\.0\.11 \} accept/);
      assert.doesNotMatch(s3Only, /ip daddr 198\.51\.100\.1 ip saddr/);
    });

    it("lets in at an endpoint whom its groups let in, as the sender's have to let out", () => {
      const groups = [
        { id: "sg-a", name: "a", vpcId: "vpc-1", ingress: [], egress: [https({ groupIds: ["sg-e"] })] },
        { id: "sg-e", name: "e", vpcId: "vpc-1", ingress: [https({ groupIds: ["sg-a"] })], egress: [] },
      ];
      const text = renderFirewall(describedRegion({ securityGroups: groups, endpoints: [endpoint] }));
      assert.match(text, /set members_sg_e \{\n {4}type ipv4_addr\n {4}elements = \{ 10\.20\.0\.5 \}/);
      assert.match(chain(text, "region"), /tcp dport 443 ip daddr \{ 10\.20\.0\.5 \} jump in_vpce_1/);
      assert.match(chain(text, "in_vpce_1"), /ip saddr != \{ 10\.20\.0\.0\/16 \} drop\s+jump in_sg_e\s+drop/);
      assert.ok(chain(text, "asking").includes(`"${aPort}" : jump out_i_0123456789abcdef0`), text);
    });
  });

  it("drops what is cut before anything else is asked", () => {
    const text = renderFirewall(describedRegion(), { ...noFaults, cuts: [{ from: "10.20.0.11", to: "10.20.1.12" }] });
    assert.equal(chain(text, "faults").trim(), "ip saddr 10.20.0.11 ip daddr 10.20.1.12 drop");
    assert.match(chain(text, "passing"), /hook prerouting priority -90; policy accept;\s+jump faults/);
    assert.match(chain(text, "answering"), /hook output priority -90; policy accept;\s+jump faults/);
  });

  it("is the same text for the same region, whatever the order", () => {
    const one = describedRegion({ instances: [describedInstance(), secondInstance()] });
    const other = describedRegion({ instances: [secondInstance(), describedInstance()] });
    assert.equal(renderFirewall(one), renderFirewall(other));
  });

  it("is understood by nft", function () {
    const canCheck = process.getuid?.() === 0 && spawnSync("nft", ["--version"]).status === 0;
    if (!canCheck) return this.skip();
    const everything = describedRegion({
      instances: [describedInstance(), secondInstance()],
      endpoints: [
        {
          id: "vpce-1",
          vpcId: "vpc-1",
          vpcCidrs: ["10.20.0.0/16"],
          names: [],
          addresses: ["10.20.0.5"],
          securityGroupIds: ["sg-a"],
        },
      ],
      securityGroups: [
        {
          id: "sg-a",
          name: "a",
          vpcId: "vpc-1",
          ingress: [
            rule({ groupIds: ["sg-a"], cidrs: ["10.0.0.0/8"] }),
            rule({ protocol: "icmp", fromPort: 3, toPort: 4, cidrs: ["0.0.0.0/0"] }),
          ],
          egress: [rule({ protocol: "-1", fromPort: null, toPort: null, cidrs: ["0.0.0.0/0"] })],
        },
      ],
    });
    for (const text of [
      renderFirewall(everything, {
        cuts: [{ from: "10.0.0.1", to: "0.0.0.0/0" }],
        losses: [{ address: "10.0.0.2", percent: 2.5 }],
      }),
      renderFirewall(emptyRegion),
    ]) {
      // In a namespace of its own, since even a check asks the kernel.
      execFileSync("unshare", ["--net", "nft", "--check", "-f", "-"], {
        input: text,
        stdio: ["pipe", "ignore", "inherit"],
      });
    }
  });
});
