import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reachability } from "../../../ops/callProblem";
import { awsGroups } from "../../../ops/guardian/groups";
import { describeRevisions } from "../../../ops/roll/instances";
import { tagKeys } from "../../../planning/cluster/names";

describe("an AWS call that fails on the ops host", () => {
  let folder: string;
  let server: Server;
  let open: number;
  let closed: number;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "kafka-aws-"));
    const ports = [createServer(), createServer()];
    for (const each of ports) await new Promise<void>((done) => each.listen(0, "127.0.0.1", done));
    [open, closed] = ports.map((each) => (each.address() as AddressInfo).port) as [number, number];
    server = ports[0] as Server;
    await new Promise((done) => ports[1]?.close(done));
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  const cli = (script: string): string => {
    const path = join(folder, "aws");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  };

  it("says what the network says of the host, where there was no answer", async () => {
    const url = `https://127.0.0.1:${closed}/`;
    const command = cli(`echo '\nConnect timeout on endpoint URL: "${url}"' >&2; exit 255`);
    await assert.rejects(describeRevisions("us-east-1", ["i-1"], command), ({ message }: Error) => {
      assert.match(message, /^aws ec2 describe-instances: Connect timeout on endpoint URL: .*; 127\.0\.0\.1 is 127/);
      assert.match(message, /\(connect ECONNREFUSED .*\): look at the security groups .* port \d+$/);
      return true;
    });
  });

  it("asks for the given instances alone, in the cluster's region", async () => {
    const answer = {
      Reservations: [{ Instances: [{ InstanceId: "i-2", Tags: [{ Key: tagKeys.revision, Value: "r" }] }] }],
    };
    const command = cli(`echo "$*" >${folder}/called; echo '${JSON.stringify(answer)}'`);
    assert.deepEqual([...(await describeRevisions("eu-west-3", ["i-1", "i-2"], command))], [["i-2", "r"]]);
    const called = readFileSync(join(folder, "called"), "utf8");
    assert.match(called, /^ec2 describe-instances .*--region eu-west-3 .*Name=instance-id,Values=i-1,i-2$/m);
    assert.match(called, /--output json/);
    assert.deepEqual([...(await describeRevisions("eu-west-3", ["i-1"], cli("echo '{}'")))], []);
  });

  it("says what AWS says, where it did answer", async () => {
    const denied = "An error occurred (UnauthorizedOperation) when calling the DescribeInstances operation: no";
    const command = cli(`echo '${denied}' >&2; exit 254`);
    await assert.rejects(describeRevisions("us-east-1", ["i-1"], command), {
      message: `aws ec2 describe-instances: ${denied}`,
    });
  });

  it("was made by the program on the host that limits each call", async () => {
    await assert.rejects(describeRevisions("us-east-1", ["i-1"]), /spawn \/etc\/kafka-node\/aws ENOENT$/);
  });

  it("and so does the SDK's", async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${closed}`,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    try {
      const groups = await awsGroups("us-east-1");
      await assert.rejects(groups.describe(["g"]), ({ message }: Error) => {
        assert.match(message, /DescribeAutoScalingGroups: .*; 127\.0\.0\.1 is .*ECONNREFUSED/);
        assert.ok(message.endsWith(`port ${closed}`), message);
        return true;
      });
    } finally {
      process.env = before;
    }
  });

  it("tells a host that takes connections from one that has no name", async () => {
    assert.equal(await reachability(`http://127.0.0.1:${open}/x`), "127.0.0.1 is 127.0.0.1 (takes connections)");
    for (const [url, port] of [
      ["http://127.0.0.77/", 80],
      ["https://127.0.0.77/", 443],
      [`https://127.0.0.1:${closed}/`, closed],
    ] as const) {
      const found = await reachability(url);
      assert.match(found, /^127\.0\.0\.\d+ is 127\.0\.0\.\d+ \(connect ECONNREFUSED .*\): look at/);
      assert.ok(found.endsWith(`port ${port}`), found);
    }
    assert.match(await reachability("https://ec2.nowhere.invalid/"), /has no address here .*DNS settings/);
  });
});
