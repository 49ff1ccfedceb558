import assert from "node:assert/strict";
import type { Action, FaultAction } from "../../../lab/runtime/faultActions";
import { parseActions } from "../../../lab/runtime/faultActions";
import { inject } from "../../../lab/runtime/faults";
import type { NetworkFaults } from "../../../lab/runtime/networkFaults";
import { afterAction, afterEndOf, noFaults, renderFaults } from "../../../lab/runtime/networkFaults";
import type { Region } from "../../../lab/runtime/region";
import { describedInstance, describedRegion } from "./labFixtures";

const only = (action: FaultAction): Action => {
  const [parsed] = parseActions({ actions: [action] });
  assert.ok(parsed);
  return parsed;
};

const address = "10.20.0.11";
const peer = "10.20.1.12";

/** The network after these, on the instance i-1 at that address. */
const after = (...actions: readonly FaultAction[]): NetworkFaults =>
  actions.reduce((faults, action) => afterAction(faults, only(action), address, "i-1"), noFaults);

describe("lab: faults as they are asked for", () => {
  it("fills in what is not said", () => {
    assert.deepEqual(only({ action: "cut", instance: "a" }), {
      action: "cut",
      instance: "a",
      peers: ["0.0.0.0/0"],
      direction: "both",
    });
    assert.deepEqual(only({ action: "silence", instance: "a" }), { action: "silence", instance: "a", hold: true });
    assert.deepEqual(only({ action: "disks", instance: "a" }), { action: "disks", instance: "a", hang: true });
    // What is not limited is unlimited, also where it was limited before.
    assert.deepEqual(only({ action: "limit", instance: "a", networkMBps: 0.5 }), {
      action: "limit",
      instance: "a",
      networkMBps: 0.5,
      diskMBps: null,
    });
  });

  it("refuses the whole request with one line that says where it is wrong", () => {
    const refused = (body: unknown, message: RegExp): void =>
      assert.throws(
        () => parseActions(body),
        (error: Error) => message.test(error.message) && !error.message.includes("\n"),
      );
    const kill = { action: "kill", instance: "a" };
    refused({}, /^actions: /);
    refused({ actions: [] }, /^actions: /);
    refused({ actions: [kill, { action: "explode", instance: "a" }] }, /^actions\[1\]\.action: /);
    refused({ actions: [kill, { action: "kill" }] }, /^actions\[1\]\.instance: /);
    refused({ actions: [{ ...kill, percent: 5 }] }, /^actions\[0\]: .*percent/);
    refused({ actions: [{ action: "loss", instance: "a", percent: 101 }] }, /^actions\[0\]\.percent: .*100/);
    refused({ actions: [{ action: "clock", instance: "a", offsetSeconds: "300" }] }, /offsetSeconds: /);
    for (const wrong of [0, -5, 100_001, "10", "", NaN, Infinity]) {
      refused({ actions: [{ action: "limit", instance: "a", networkMBps: wrong }] }, /^actions\[0\]\.networkMBps: /);
      refused({ actions: [{ action: "limit", instance: "a", diskMBps: wrong }] }, /^actions\[0\]\.diskMBps: /);
    }
    refused({ actions: [{ action: "limit", instance: "a", network: 5 }] }, /^actions\[0\]: .*network/);
    for (const wrong of ["kafka-1", "10.20.0.300", "10.20.0.0/33", "10.0.0.1; drop", "10.0.0.0/8/8"]) {
      refused({ actions: [{ action: "cut", instance: "a", peers: [peer, wrong] }] }, /peers\[1\]: must be an IPv4/);
    }
  });
});

describe("lab: faults of machines", () => {
  it("limits one that runs only", async () => {
    const instance = describedInstance();
    const region = {
      state: describedRegion({ instances: [instance] }),
      find: (reference: string) => (reference === "node-1" ? { instance } : undefined),
    } as unknown as Region;
    const limited = (name: string) => inject(region, [only({ action: "limit", instance: name, networkMBps: 5 })]);
    await assert.rejects(limited("node-1"), { status: 409, message: `node-1 (${instance.id}) is not running` });
    await assert.rejects(limited("node-2"), {
      status: 404,
      message: "no instance node-2 in the lab; there are: node-1",
    });
  });
});

describe("lab: faults of the network", () => {
  it("cuts both ways or one way", () => {
    const cut = (direction?: "both" | "from" | "to") =>
      renderFaults(after({ action: "cut", instance: "a", peers: [peer], direction }));
    const from = `ip saddr ${address} ip daddr ${peer} drop`;
    const to = `ip saddr ${peer} ip daddr ${address} drop`;
    assert.deepEqual(cut(), [from, to]);
    assert.deepEqual(cut("from"), [from]);
    assert.deepEqual(cut("to"), [to]);
  });

  it("loses packets of both directions, by the share that was said last", () => {
    const lossy = after(
      { action: "loss", instance: "a", percent: 50 },
      { action: "loss", instance: "a", percent: 2.5 },
    );
    assert.deepEqual(renderFaults(lossy), [
      `ip saddr ${address} numgen random mod 10000 < 250 drop`,
      `ip daddr ${address} numgen random mod 10000 < 250 drop`,
    ]);
    assert.deepEqual(afterAction(lossy, only({ action: "loss", instance: "a", percent: 0 }), address, "i-1"), noFaults);
  });

  it("says the same rule once", () => {
    const cut: FaultAction = { action: "cut", instance: "a", peers: [peer] };
    assert.equal(renderFaults(after(cut, cut)).length, 2);
  });

  it("heals what touches the address, and nothing else", () => {
    const others = {
      cuts: [{ from: peer, to: "0.0.0.0/0" }],
      losses: [{ address: peer, percent: 1 }],
    };
    const ill = (["cut", "silence"] as const).reduce(
      (faults, name) => afterAction(faults, only({ action: name, instance: "a" }), address, "i-1"),
      afterAction(others, only({ action: "loss", instance: "a", percent: 1 }), address, "i-1"),
    );
    assert.deepEqual(afterAction(ill, only({ action: "heal", instance: "a" }), address, "i-2"), others);
  });

  it("ends a silence that does not hold with its machine, and one that holds when it is healed", () => {
    const brief = after({ action: "silence", instance: "a", hold: false });
    assert.equal(renderFaults(brief).length, 2);
    assert.deepEqual(afterEndOf(brief, "i-2"), brief, "another machine's end");
    assert.deepEqual(afterEndOf(brief, "i-1"), noFaults);
    const held = after({ action: "silence", instance: "a" });
    assert.deepEqual(afterEndOf(held, "i-1"), held);
  });

  it("is not touched by what happens to machines", () => {
    assert.deepEqual(after({ action: "kill", instance: "a" }, { action: "freeze", instance: "a" }), noFaults);
  });
});
