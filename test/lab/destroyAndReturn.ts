/** The cluster is destroyed but for its volumes, part of the record of them is lost, and it comes back. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DeleteVolumeCommand, DescribeVolumesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { labStatus } from "../../lab/index";
import { tagKeys } from "../../planning/cluster/names";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { Deployer } from "../../trials/drills/changes/deployer";
import { adoptEnvironment, stackEnvironment } from "../../stack/environment";
import { projectFolder, runCommand } from "./commands";

export interface Cluster {
  readonly outputs: StackOutputs;
  readonly inNode: (node: string, command: string) => Promise<string>;
}

/** Nodes whose volumes Pulumi forgets: they are found by their tags. */
const forgotten = ["kafka-4", "zookeeper-1"];
/** The node whose volume is lost: it must not vote until it has caught up. */
const lost = "zookeeper-2";
const dataVolumes = 8;

/** Ends well when the cluster is back with every event. */
export async function destroyAndReturn({ outputs, inNode }: Cluster): Promise<void> {
  const environment = await stackEnvironment("local", "owner");
  adoptEnvironment(environment);
  const pulumi = (...args: string[]) =>
    promisify(execFile)("pulumi", [...args, "--stack", "local", "--non-interactive", "--color", "never"], {
      cwd: projectFolder,
      env: environment,
    });
  const ec2 = new EC2Client({ region: outputs.region });
  const volumes = async () => {
    const filter = { Name: `tag:${tagKeys.volume}`, Values: ["data"] };
    const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ Filters: [filter] }));
    return Volumes.map(({ VolumeId: id = "", Tags = [], State }) => {
      const tag = (key: string) => Tags.find(({ Key }) => Key === key)?.Value;
      return { id, node: tag(tagKeys.node) ?? "", retained: tag(tagKeys.retained), isFree: State === "available" };
    });
  };

  try {
    const deployer = await Deployer.open(outputs, environment, (line) => console.log(line));
    const kept = await deployer.update({ dataProtection: true });
    assert.ok(kept.succeeded, kept.error);
    const events = await eventsOf(inNode);
    const before = await volumes();
    assert.equal(before.length, dataVolumes);

    await assert.rejects(pulumi("destroy", "--yes"), ({ stdout }: { stdout: string }) => /is protected/.test(stdout));
    assert.ok((await labStatus()).instances.length > 0, "a plain destroy is refused before anything goes");
    const destroyed = await runCommand(["scripts/deploy.ts", "--stack", "local", "--destroy", "--yes"], {
      echo: true,
      timeoutSeconds: 300,
    });
    assert.equal(destroyed.code, 0, destroyed.output);
    assert.match(destroyed.output, /kept: 8 data volumes, \d+ GiB, about \$\d+\.\d\d a month/);
    assert.deepEqual((await labStatus()).instances, []);
    const left = await volumes();
    assert.ok(
      left.every(({ retained = "", isFree }) => isFree && retained.endsWith(" local")),
      JSON.stringify(left),
    );

    const idOf = (node: string) => before.find((volume) => volume.node === node)?.id ?? "";
    const { stdout } = await pulumi("stack", "export");
    const urns = [...stdout.matchAll(/"urn": "(\S+ebs\/volume:Volume::cluster-(\S+))"/g)].flatMap(
      ([, urn = "", node = ""]) => ([...forgotten, lost].includes(node) ? [urn] : []),
    );
    assert.equal(urns.length, 3);
    for (const urn of urns) await pulumi("state", "delete", urn, "--force", "--yes");
    await ec2.send(new DeleteVolumeCommand({ VolumeId: idOf(lost) }));

    const returned = await runCommand(["scripts/deploy.ts", "--stack", "local", "--yes", "--no-smoke"], {
      echo: true,
      timeoutSeconds: 900,
    });
    assert.equal(returned.code, 0, returned.output);
    const after = await volumes();
    for (const { node, id, retained, isFree } of after) {
      assert.equal(retained, undefined, `${node} is in use, and still marked`);
      assert.equal(isFree, false);
      if (node !== lost) assert.equal(id, idOf(node));
    }
    assert.equal(after.length, dataVolumes);
    const started = await inNode(lost, "journalctl -u zookeeper --no-pager");
    assert.match(started, /has been started before, and this node's database is empty: it joins, and votes once/);
    assert.equal(await eventsOf(inNode), events);
    const again = await runCommand(["scripts/deploy.ts", "--stack", "local", "--yes", "--no-smoke"], { echo: true });
    assert.match(again.output, /nothing changed/);
  } finally {
    ec2.destroy();
  }
}

/** How many events the topic has, and a hash of all: partition, offset, key and value. */
async function eventsOf(inNode: Cluster["inNode"]): Promise<string> {
  const read = await inNode(
    "kafka-1",
    `address=$(sed -n 's|^listeners=.*://\\(.*\\)$|\\1|p' /etc/kafka-node/server.properties)
    java -cp '/opt/kafka/libs/*' -XX:TieredStopAtLevel=1 org.apache.kafka.tools.consumer.ConsoleConsumer \
      --bootstrap-server "$address" --topic user-activity --from-beginning --timeout-ms 10000 \
      --property print.partition=true --property print.offset=true --property print.key=true 2>/dev/null |
      sort >/tmp/events
    echo "$(wc -l </tmp/events) $(sha256sum </tmp/events)"; rm /tmp/events`,
  );
  console.log(`      events: ${read.trim()}`);
  assert.ok(Number(read.split(" ")[0]) > 10_000, read);
  return read;
}
