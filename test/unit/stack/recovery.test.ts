import assert from "node:assert/strict";
import { interruptedBy, withCreated, type Checkpoint, type RecordedResource } from "../../../stack/checkpoint";
import { recoverInterrupted, type StackRecord } from "../../../stack/recovery";

const resource = (type: string, name: string, rest: Partial<RecordedResource> = {}): RecordedResource => ({
  urn: `urn:pulumi:prod::kafka-on-ec2::${type}::${name}`,
  type,
  custom: true,
  ...rest,
});
const existing = (type: string, name: string, id: string) =>
  resource(type, name, { id, inputs: { size: 1 }, outputs: { size: 1 } });
const volumeType = "aws:ebs/volume:Volume";
const provider = resource("pulumi:providers:aws", "default", { id: "x", inputs: { region: "eu-west-1" } });
const volume = (name: string) => resource(volumeType, name, { inputs: { size: 1 } });
const creating = (one: RecordedResource) => ({ type: "creating", resource: one });
const checkpoint = (
  resources: readonly RecordedResource[],
  pending: Checkpoint["pending_operations"] = [],
  time = "2026-01-01T00:00:00Z",
): Checkpoint => ({ manifest: { time }, resources, pending_operations: pending });

/** Recovers one record; `there` are the ids of what looks like a resource, by its name, at each look. */
async function recover(deployment: Checkpoint, ...there: Record<string, string[]>[]) {
  const written: StackRecord[] = [];
  const refreshed: string[][] = [];
  const said: string[] = [];
  let [looks, pauses, asked] = [0, 0, ""];
  await recoverInterrupted({
    record: () => Promise.resolve({ version: 3, deployment }),
    writeRecord: (record) => {
      written.push(record);
      return Promise.resolve();
    },
    refresh: (urns) => {
      refreshed.push([...urns]);
      return Promise.resolve();
    },
    find: (resources, { region }) => {
      asked = region ?? "";
      const found = there[Math.min(looks++, there.length - 1)] ?? {};
      return Promise.resolve(
        resources.map(({ type, urn }) =>
          type.startsWith("aws:") ? (found[urn.slice(urn.lastIndexOf("::") + 2)] ?? []) : undefined,
        ),
      );
    },
    pause: () => {
      pauses++;
      return Promise.resolve();
    },
    report: (line) => said.push(line),
  });
  return { written, refreshed, said, looks, pauses, asked };
}

describe("the record of an update that was killed", () => {
  it("is left alone when nothing was cut off", async () => {
    const { written, refreshed, looks } = await recover(
      checkpoint([provider, existing(volumeType, "kafka-1", "vol-1")]),
    );
    assert.deepEqual([written, refreshed, looks], [[], [], 0]);
  });

  it("gets what was made, by its id alone and read afterwards, and forgets what was not", async () => {
    const pending = [volume("kafka-1"), volume("kafka-2"), resource("command:remote:Command", "roll")].map(creating);
    const { written, refreshed, asked, pauses } = await recover(checkpoint([provider], pending), {
      "kafka-1": ["vol-1"],
    });
    const [record] = written;
    assert.deepEqual(record?.deployment?.pending_operations, []);
    assert.deepEqual(record?.deployment?.resources, [
      provider,
      { ...volume("kafka-1"), id: "vol-1", inputs: {}, outputs: {} },
    ]);
    assert.deepEqual(refreshed, [[volume("kafka-1").urn]]);
    assert.equal(asked, "eu-west-1");
    // The kill was long ago.
    assert.equal(pauses, 0);
  });

  it("waits for AWS to tell of a thing that was made a moment ago", async () => {
    const now = new Date().toISOString();
    const pending = [creating(volume("kafka-1"))];
    const { refreshed, looks } = await recover(checkpoint([provider], pending, now), {}, { "kafka-1": ["vol-1"] });
    assert.equal(looks, 2);
    assert.deepEqual(refreshed, [[volume("kafka-1").urn]]);
  });

  it("does not take another resource's thing, and asks a person when several look alike", async () => {
    const known = existing(volumeType, "kafka-1", "vol-1");
    const state = checkpoint([provider, known], [creating(volume("kafka-2"))]);
    assert.deepEqual((await recover(state, { "kafka-2": ["vol-1"] })).refreshed, []);
    await assert.rejects(
      recover(state, { "kafka-2": ["vol-2", "vol-3"] }),
      /made ebs\.Volume kafka-2, and there are vol-2, vol-3: delete in AWS those that nobody needs/,
    );
  });

  it("takes a thing that has the name of another kind of thing", async () => {
    const role = existing("aws:iam/role:Role", "kafka-1", "kafka-prod-kafka-1");
    const profile = resource("aws:iam/instanceProfile:InstanceProfile", "kafka-1", { inputs: {} });
    const state = checkpoint([provider, role], [creating(profile)]);
    const { refreshed } = await recover(state, { "kafka-1": ["kafka-prod-kafka-1"] });
    assert.deepEqual(refreshed, [[profile.urn]]);
  });

  it("has what was being changed or deleted read anew, and what a recovery that was killed had only put there", () => {
    const one = existing(volumeType, "kafka-1", "vol-1");
    const gone = existing(volumeType, "kafka-9", "vol-9");
    const unread = resource(volumeType, "kafka-2", { id: "vol-2", inputs: {}, outputs: {} });
    const pending = [
      { type: "updating", resource: one },
      { type: "deleting", resource: gone },
    ];
    assert.deepEqual(interruptedBy(checkpoint([provider, one, unread], pending)), {
      creations: [],
      unread: [one.urn, unread.urn],
    });
  });

  it("keeps what a made thing replaces, unless that was deleted before", () => {
    const old = existing(volumeType, "kafka-1", "vol-1");
    const made = { ...volume("kafka-1"), id: "vol-2", inputs: {}, outputs: {} };
    const created = [{ resource: volume("kafka-1"), id: "vol-2" }];
    assert.deepEqual(withCreated(checkpoint([old]), created).resources, [made, { ...old, delete: true }]);
    assert.deepEqual(withCreated(checkpoint([{ ...old, pendingReplacement: true }]), created).resources, [made]);
  });
});
