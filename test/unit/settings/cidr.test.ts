import assert from "node:assert/strict";
import fc from "fast-check";
import {
  blockOf,
  cidrOf,
  cidrSize,
  cidrsOverlap,
  containsCidr,
  formatCidr,
  hostAddress,
  parseCidr,
} from "../../../settings/cidr";

/** Any block, also those at both ends of all addresses. */
const block = fc
  .record({
    address: fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, 2 ** 32 - 1)),
    prefix: fc.nat(32),
  })
  .map(({ address, prefix }) => ({ base: Math.floor(address / 2 ** (32 - prefix)) * 2 ** (32 - prefix), prefix }));

/** What is said of a text that is no block. */
const fault = (text: string) => {
  const answer = parseCidr(text);
  return typeof answer === "string" ? answer : assert.fail(`${text} was taken`);
};
const last = (cidr: ReturnType<typeof cidrOf>) => cidr.base + cidrSize(cidr) - 1;

describe("IPv4 blocks", () => {
  it("are read as they are written", () => {
    assert.deepEqual(parseCidr("10.20.0.0/16"), { base: 10 * 2 ** 24 + 20 * 2 ** 16, prefix: 16 });
    assert.deepEqual(parseCidr("0.0.0.0/0"), { base: 0, prefix: 0 });
    assert.deepEqual(parseCidr("255.255.255.255/32"), { base: 2 ** 32 - 1, prefix: 32 });
    fc.assert(fc.property(block, (cidr) => assert.deepEqual(cidrOf(formatCidr(cidr)), cidr)));
  });

  it("are nothing else: the answer says how to write one", () => {
    for (const text of [
      "256.0.0.0/8",
      "1.2.3.256/32",
      "1.2.3.4/33",
      "1.2.3/24",
      "1.2.3.4",
      "x1.2.3.4/32",
      "1.2.3.4/32 ",
      "",
    ])
      assert.match(fault(text), /is not an IPv4 block; write address\/prefix, e\.g\. 10\.20\.0\.0\/16$/, text);
    assert.match(fault("10.20.3.0/16"), /has host bits set; write 10\.20\.0\.0\/16$/);
    for (const text of ["10.020.0.0/16", "010.20.0.0/16", "10.20.0.0/016", "10.20.0.00/16"])
      assert.match(fault(text), /is not an IPv4 block|begin with 0, .*; write 10\.20\.0\.0\/16$/, text);
    assert.throws(() => cidrOf("10.20.3.0/16"), /has host bits set/);
  });

  it("have an address for each host number, and none beyond", () => {
    const cidr = cidrOf("10.20.16.0/20");
    assert.equal(cidrSize(cidr), 4096);
    assert.deepEqual(
      [0, 255, 256, 4095].map((host) => hostAddress(cidr, host)),
      ["10.20.16.0", "10.20.16.255", "10.20.17.0", "10.20.31.255"],
    );
    for (const host of [-1, 4096])
      assert.throws(() => hostAddress(cidr, host), new RegExp(`host number ${host} is outside 10\\.20\\.16\\.0/20`));
    assert.equal(hostAddress(cidrOf("255.255.255.0/24"), 255), "255.255.255.255");
  });

  it("contain and overlap one another as their addresses do", () => {
    // Near one another, or few would meet.
    const near = fc.record({ at: fc.nat(15), prefix: fc.integer({ min: 24, max: 28 }) }).map(({ at, prefix }) => {
      const size = 2 ** (32 - prefix);
      return { base: 2 ** 31 + Math.floor((at * 16) / size) * size, prefix };
    });
    fc.assert(
      fc.property(near, near, (a, b) => {
        assert.equal(containsCidr(a, b), a.base <= b.base && last(b) <= last(a));
        assert.equal(cidrsOverlap(a, b), a.base <= last(b) && b.base <= last(a));
      }),
    );
    fc.assert(fc.property(block, (cidr) => assert.ok(containsCidr({ base: 0, prefix: 0 }, cidr))));
  });

  it("are cut into smaller ones, numbered from 0", () => {
    const cidr = cidrOf("10.20.0.0/16");
    assert.deepEqual(
      [0, 1, 15].map((index) => formatCidr(blockOf(cidr, 20, index))),
      ["10.20.0.0/20", "10.20.16.0/20", "10.20.240.0/20"],
    );
    assert.deepEqual(blockOf(cidr, 16, 0), cidr);
    assert.throws(() => blockOf(cidr, 20, 16), /^Error: 10\.20\.0\.0\/16 has no block 16 of \/20$/);
    assert.throws(() => blockOf(cidr, 15, 0), /has no block 0 of \/15/);
  });
});
