import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { LogKeeper } from "../../../ops/keptLogs";
import { describeCluster } from "../../../planning/cluster/clusterDescription";
import { sampleSettings } from "../settings/sampleSettings";
import { FakeCommands } from "./fakeCommand";

const cluster = describeCluster(sampleSettings(), "the-bucket");

describe("the logs of a machine that is replaced", () => {
  let commands: FakeCommands;
  beforeEach(() => {
    commands = new FakeCommands();
    commands.put("bucket", `cp "$last" "${commands.folder}/object"`);
  });
  afterEach(() => commands.remove());
  const keeper = (askMs = 10_000, putMs = 10_000) =>
    new LogKeeper(cluster, join(commands.folder, "bucket"), { askMs, putMs });
  const object = () => gunzipSync(readFileSync(join(commands.folder, "object"))).toString();
  const drafts = () => readdirSync(tmpdir()).filter((name) => name.startsWith("kept-logs-")).length;

  it("are what it tells by SSH, in the bucket under its name, the time and its instance", async () => {
    const before = drafts();
    commands.put("ssh", "echo a line; echo not this >&2");
    const said = await keeper().keep("kafka-4", "i-4");
    const [, key = ""] =
      /^its last logs are kept as s3:\/\/the-bucket\/(logs\/kafka-4\/\d{4}-\d\d-\d\dT\d{6}Z-i-4\.gz) \(1 kB, for 90 days\)$/.exec(
        said ?? "",
      ) ?? [];
    assert.ok(key, said);
    assert.equal(object(), "a line\n");
    const [put = []] = commands.calls("bucket");
    assert.deepEqual(put.slice(0, -1), [
      ...["s3api", "put-object", "--region", cluster.region],
      ...["--bucket", "the-bucket", "--key", key, "--body"],
    ]);
    const host = cluster.brokers[3]?.privateIp;
    assert.equal(commands.calls("ssh")[0]?.at(-2), `${cluster.nodeUser}@${host}`);
    assert.equal(drafts(), before);
  });

  it("are asked of its own service, and of nothing twice for an instance", async () => {
    commands.put("ssh", "echo x");
    const one = keeper();
    await one.keep("zookeeper-2", "i-2");
    const script = commands.calls("ssh")[0]?.at(-1) ?? "";
    assert.match(script, /journal --unit=zookeeper"/);
    assert.equal(spawnSync("bash", ["-n", "-c", script]).status, 0);
    assert.equal(await one.keep("zookeeper-2", "i-2"), undefined);
    assert.match((await one.keep("zookeeper-2", "i-3")) ?? "", /^its last logs are kept/);
    assert.equal(commands.calls("ssh").length, 2);
  });

  it("are what it told until its time was up", async () => {
    commands.put("ssh", "echo so far; exec sleep 60");
    assert.match((await keeper(500).keep("kafka-4", "i-4")) ?? "", /^its last logs are kept/);
    assert.equal(object(), "so far\n");
  });

  it("are lost where it does not answer, or the bucket does not take them, and nobody waits for ever", async () => {
    commands.put("ssh", "echo 'ssh: no route to host' >&2; exit 255");
    assert.equal(
      await keeper().keep("kafka-4", "i-4"),
      "its logs are lost: kafka-4 does not answer by SSH (ssh: no route to host)",
    );
    commands.put("ssh", "exec sleep 60");
    assert.equal(await keeper(200).keep("kafka-4", "i-4"), "its logs are lost: kafka-4 does not answer by SSH");
    assert.deepEqual(commands.calls("bucket"), []);
    commands.put("ssh", "echo x");
    commands.put("bucket", "echo >&2; echo 'An error occurred (AccessDenied)' >&2; exit 254");
    assert.equal(
      await keeper().keep("kafka-4", "i-4"),
      "its logs are lost: the bucket does not take them: An error occurred (AccessDenied)",
    );
    commands.put("bucket", "exec sleep 60");
    assert.equal(
      await keeper(10_000, 300).keep("kafka-4", "i-4"),
      "its logs are lost: the bucket does not take them: no answer within 0.3 s",
    );
    assert.equal(await keeper().keep("nobody", "i-4"), "its logs are lost: there is no node nobody");
  });
});
