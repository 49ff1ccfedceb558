import assert from "node:assert/strict";
import type { DesiredVolume } from "../../../lab/runtime/desiredState";
import { parseDesiredState } from "../../../lab/runtime/desiredState";
import type { ActualMachine, ActualVolume } from "../../../lab/runtime/reconciliation";
import { planMachines, planVolumes } from "../../../lab/runtime/reconciliation";
import { describedInstance, describedRegion } from "./labFixtures";

const id = describedInstance().id;
const machines = (...list: ActualMachine[]): Map<string, ActualMachine> => new Map(list.map((one) => [one.id, one]));
const on: ActualMachine = { id, power: "on", boot: 1 };
const off: ActualMachine = { id, power: "off", boot: 1 };

describe("lab: what to do with instances", () => {
  const steps = (change: Parameters<typeof describedInstance>[0], actual: Map<string, ActualMachine>) =>
    planMachines(describedRegion({ instances: [describedInstance(change)] }), actual).map((step) => step.do);

  it("boots what should run and does not", () => {
    assert.deepEqual(steps({}, machines()), ["boot"]);
    assert.deepEqual(steps({}, machines(off)), ["boot"]);
    assert.deepEqual(steps({}, machines(on)), []);
  });

  it("reboots when the boot count has risen", () => {
    assert.deepEqual(steps({ boot: 2 }, machines(on)), ["reboot"]);
    assert.deepEqual(steps({ boot: 2 }, machines({ ...on, boot: 2 })), []);
    assert.deepEqual(steps({ boot: 2 }, machines(off)), ["boot"], "a machine that is off just boots");
  });

  it("stops only what runs", () => {
    assert.deepEqual(steps({ wanted: "stopped" }, machines(on)), ["stop"]);
    assert.deepEqual(steps({ wanted: "stopped" }, machines(off)), []);
    assert.deepEqual(steps({ wanted: "stopped" }, machines()), []);
  });

  it("terminates what should be gone, also if it never ran, and what nobody knows", () => {
    assert.deepEqual(steps({ wanted: "gone" }, machines(on)), ["terminate"]);
    assert.deepEqual(steps({ wanted: "gone" }, machines()), ["terminate"]);
    assert.deepEqual(planMachines(describedRegion({ instances: [] }), machines(on)), [{ do: "terminate", id }]);
  });
});

describe("lab: what to do with volumes", () => {
  const vol = "vol-0123456789abcdef0";
  const volume = (attachment: DesiredVolume["attachment"]): DesiredVolume => ({
    id: vol,
    sizeGiB: 8,
    state: "in-use",
    attachment,
  });
  const attached = (state: "attaching" | "attached" | "detaching", instanceId = id) => ({
    instanceId,
    device: "/dev/sdf",
    state,
  });
  const actual = (...list: ActualVolume[]): Map<string, ActualVolume> => new Map(list.map((one) => [one.id, one]));
  const plan = (
    described: DesiredVolume | undefined,
    has: Map<string, ActualVolume>,
    poweredOn = [id],
    wanted: "running" | "gone" | "stopped" = "running",
  ) =>
    planVolumes(
      describedRegion({ instances: [describedInstance({ wanted })], volumes: described ? [described] : [] }),
      has,
      new Set(poweredOn),
    ).filter((step) => step.do !== "size");

  it("shows a volume to a running instance, and reports it when the call waits for that", () => {
    const step = { do: "attach", id: vol, instanceId: id };
    assert.deepEqual(plan(volume(attached("attaching")), actual()), [{ ...step, report: true }]);
    assert.deepEqual(plan(volume(attached("attached")), actual()), [{ ...step, report: false }]);
    assert.deepEqual(plan(volume(attached("attached")), actual({ id: vol, shownIn: id, open: true })), []);
  });

  it("waits for the instance to run, but not for one that is stopped", () => {
    assert.deepEqual(plan(volume(attached("attaching")), actual(), []), []);
    assert.deepEqual(plan(volume(attached("attaching")), actual(), [], "stopped"), [
      { do: "attach", id: vol, instanceId: id, report: true },
    ]);
  });

  it("takes it away when it is being detached", () => {
    assert.deepEqual(plan(volume(attached("detaching")), actual({ id: vol, shownIn: id, open: true })), [
      { do: "detach", id: vol, instanceId: id, report: true },
    ]);
  });

  it("never shows it to a second instance before the first has let it go", () => {
    const other = "i-0123456789abcdef1";
    const steps = plan(volume(attached("attaching", other)), actual({ id: vol, shownIn: id, open: true }), [id, other]);
    assert.deepEqual(steps, [{ do: "detach", id: vol, instanceId: id, report: false }]);
  });

  it("leaves the volumes of an instance that is being terminated to its end", () => {
    assert.deepEqual(
      plan(volume(attached("attached")), actual({ id: vol, shownIn: id, open: true }), [id], "gone"),
      [],
    );
    assert.deepEqual(plan(volume(null), actual({ id: vol, shownIn: id, open: true }), [id], "gone"), []);
  });

  it("deletes the file of a volume that is described no more, once nothing uses it", () => {
    assert.deepEqual(plan(undefined, actual({ id: vol, open: false })), [{ do: "delete", id: vol }]);
    assert.deepEqual(plan(undefined, actual({ id: vol, shownIn: id, open: true })), [
      { do: "detach", id: vol, instanceId: id, report: false },
    ]);
  });
});

describe("lab: the emulator's description", () => {
  it("names every field that is wrong", () => {
    const wrong = { ...describedRegion(), generation: "7", instances: [{ ...describedInstance(), wanted: "maybe" }] };
    assert.throws(() => parseDesiredState(wrong), /generation: [^;]*; instances\.0\.wanted/);
    assert.deepEqual(parseDesiredState(describedRegion()), describedRegion());
  });
});
