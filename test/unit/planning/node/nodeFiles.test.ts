import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { parse } from "yaml";
import { jvmOptions } from "../../../../planning/node/jvm";
import { planNodes } from "../../../../planning/node/nodes";
import { decidedProperties, kafkaProperties, tunedProperties } from "../../../../planning/node/serverProperties";
import { renderUserData } from "../../../../planning/node/userData";
import { zookeeperConfig } from "../../../../planning/node/zooCfg";
import { roomFaults } from "../../../../planning/capacity/overload";
import { reservedBrokerReason } from "../../../../settings/reservedKeys";
import { sampleSettings } from "../../settings/sampleSettings";
import { assertSnapshot } from "../snapshot";
import { kafkaInput, opsInput, zookeeperInput } from "./userDataInputs";

interface CloudConfig {
  readonly write_files: readonly { readonly path: string; readonly permissions: string; readonly content: string }[];
  readonly runcmd: readonly string[][];
  readonly ssh_authorized_keys?: readonly string[];
}

function decode(userData: string): CloudConfig {
  assert.match(userData, /^#cloud-config\n/);
  // PyYAML, which cloud-init reads with, is a YAML 1.1 parser.
  return parse(userData, { version: "1.1" }) as CloudConfig;
}

/** The decoded user data, with the bootstrap (which has its own tests) left out. */
function shownUserData(userData: string): string {
  const { write_files, ...rest } = decode(userData);
  const files = write_files.map(
    ({ path, permissions, content }) =>
      `== ${path} ${permissions}\n${path.endsWith("/bootstrap") ? "(the script)\n" : content}`,
  );
  return `${JSON.stringify(rest, null, 2)}\n${files.join("")}`;
}

describe("server.properties", () => {
  const render = (changes: Record<string, unknown>): string => {
    const settings = sampleSettings(changes);
    const nodes = planNodes(settings);
    const [node] = nodes.brokers;
    assert.ok(node);
    return kafkaProperties(settings, node, nodes);
  };

  it("of a 1 GiB broker", () => assertSnapshot("server.properties-t3.micro", render({})));

  it("of a production broker", () => {
    const production = { brokerInstanceType: "m7g.xlarge", brokerHeapMiB: 6144, brokerCount: 7 };
    assertSnapshot("server.properties-m7g.xlarge", render(production));
  });

  it("takes further entries, which replace what is only tuned", () => {
    const overrides = "max.connections.per.ip.overrides=10.20.0.9:100";
    const lines = render({ brokerConfig: ["num.io.threads=31", "message.max.bytes=2097152", overrides] }).split("\n");
    assert.ok(lines.includes("num.io.threads=31"));
    assert.ok(lines.includes("message.max.bytes=2097152"));
    assert.ok(lines.includes(overrides));
    assert.equal(lines.filter((line) => line.startsWith("num.io.threads=")).length, 1);
  });

  it("keeps a group's place for as long as the events of any topic, and a year at least", () => {
    const minutes = (retentionHours: number) =>
      /^offsets\.retention\.minutes=(.*)$/m.exec(
        render({
          topics: [
            { name: "a", partitions: 1, retentionHours },
            { name: "b", partitions: 1, retentionHours: 1 },
          ],
        }),
      )?.[1];
    assert.equal(minutes(24), String(365 * 24 * 60));
    assert.equal(minutes(24 * 400), String(400 * 24 * 60));
  });

  it("grows with the machine: threads with its CPUs, fetchers where it has memory for them too", () => {
    const tuned = (brokerInstanceType: string, brokerHeapMiB: number) => {
      const lines = render({ brokerInstanceType, brokerHeapMiB }).split("\n");
      return ["num.network.threads", "num.io.threads", "num.replica.fetchers"].map((key) =>
        Number(lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1)),
      );
    };
    assert.deepEqual(tuned("t3.large", 4096), [3, 8, 1]);
    assert.deepEqual(tuned("m7g.xlarge", 2047), [4, 8, 1]);
    assert.deepEqual(tuned("m7g.xlarge", 2048), [4, 8, 4]);
    assert.deepEqual(tuned("m7g.4xlarge", 6144), [16, 32, 4]);
  });

  it("lets nobody give what it decides", () => {
    const settings = sampleSettings();
    const nodes = planNodes(settings);
    const [node] = nodes.brokers;
    assert.ok(node);
    for (const key of Object.keys(decidedProperties(settings, node, nodes))) assert.ok(reservedBrokerReason(key), key);
    for (const key of Object.keys(tunedProperties(settings, node))) assert.ok(!reservedBrokerReason(key), key);
  });

  it("keeps the in-sync window above the session timeout, and the buffers below the heap", () => {
    for (const type of ["t3.micro", "t3.medium", "m7i.4xlarge"]) {
      const settings = sampleSettings({ brokerInstanceType: type });
      const nodes = planNodes(settings);
      const [node] = nodes.brokers;
      assert.ok(node);
      const properties = { ...tunedProperties(settings, node), ...decidedProperties(settings, node, nodes) };
      const number = (key: string): number => Number(properties[key]);
      assert.ok(number("replica.lag.time.max.ms") > number("zookeeper.session.timeout.ms"));
      const heldMiB =
        number("log.cleaner.dedupe.buffer.size") / 1024 ** 2 +
        number("queued.max.request.bytes") / 1024 ** 2 +
        number("num.replica.fetchers") * 10 * (settings.brokers.count - 1);
      assert.ok(heldMiB < node.heapMiB / 2, `${type}: ${heldMiB} of ${node.heapMiB} MiB`);
    }
  });
});

describe("zoo.cfg", () => {
  it("names the whole ensemble by fixed addresses", () => {
    const settings = sampleSettings();
    const nodes = planNodes(settings);
    const [node] = nodes.zookeeper;
    assert.ok(node);
    assertSnapshot("zoo.cfg", zookeeperConfig(settings, node, nodes));
  });
});

describe("user data", () => {
  it("of a broker", () =>
    assertSnapshot("user-data-kafka", shownUserData(renderUserData(kafkaInput(sampleSettings())))));
  it("of a ZooKeeper node", () =>
    assertSnapshot("user-data-zookeeper", shownUserData(renderUserData(zookeeperInput(sampleSettings())))));
  it("of the ops host", () => assertSnapshot("user-data-ops", shownUserData(renderUserData(opsInput))));

  it("writes the bootstrap as it is in node/, and runs it", () => {
    for (const input of [kafkaInput(sampleSettings()), opsInput]) {
      const { write_files, runcmd } = decode(renderUserData(input));
      const bootstrap = write_files.find(({ path }) => path === "/etc/kafka-node/bootstrap");
      assert.match(bootstrap?.content ?? "", /^#!\/usr\/bin\/env bash\n/);
      assert.equal(bootstrap?.permissions, "0755");
      assert.deepEqual(runcmd, [["/etc/kafka-node/bootstrap"]]);
    }
  });

  it("leaves room below EC2's 16 KB for the largest ensemble", () => {
    const settings = sampleSettings({ brokerCount: 90, zookeeperCount: 7 });
    assert.ok(Buffer.byteLength(renderUserData(kafkaInput(settings))) < 12 * 1024);
  });

  it("says so when it is too large, by how much, before anything is made", () => {
    const entry = (length: number) => `max.connections.per.ip.overrides=${"x".repeat(length)}`;
    const faults = (length: number) => roomFaults(sampleSettings({ brokerConfig: [entry(length)] }));
    const [fault] = faults(12_000);
    const [, over = ""] =
      /^1 entries of 12033 bytes make .* (\d+) bytes longer than the 16384 that EC2 takes; remove/.exec(
        fault?.message ?? "",
      ) ?? [];
    assert.equal(fault?.path, "brokerConfig");
    assert.deepEqual(faults(12_000 - Number(over)), []);
    assert.throws(
      () => renderUserData(kafkaInput(sampleSettings({ brokerConfig: [entry(12_000)] }))),
      /^Error: user data of kafka-3 has \d+ bytes, EC2 takes 16384; shorten brokerConfig/,
    );
  });

  it("may be as large as EC2 takes, to the byte; no file in it has line ends of another system", () => {
    const bytes = Buffer.byteLength(renderUserData(opsInput));
    assert.doesNotThrow(() => renderUserData(opsInput, bytes));
    assert.throws(() => renderUserData(opsInput, bytes - 1), /user data of ops has \d+ bytes, EC2 takes \d+/);
    const programs = { ...opsInput.programs, bootstrap: "#!/bin/bash\r\n" };
    assert.throws(
      () => renderUserData({ ...kafkaInput(sampleSettings()), programs }),
      /bootstrap has a carriage return/,
    );
  });

  it("lets in the one key, without the line end of its file", () => {
    for (const input of [{ ...opsInput, operatorPublicKey: "ssh-ed25519 KEY\n" }, kafkaInput(sampleSettings())]) {
      const [key = "", ...others] = decode(renderUserData(input)).ssh_authorized_keys ?? [];
      assert.match(key, /^ssh-ed25519 [A-Z]+$/);
      assert.deepEqual(others, []);
    }
  });

  it("has no value that a shell would read as another one: it refuses those that a shell would interpret", () => {
    const characters = [...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)), "\n", "\t", "é"];
    const values = characters.flatMap((one) => [`a${one}b`, `${one}b`, `a${one}`, `a ${one}b${one}`]);
    const written = values.flatMap((value) => {
      try {
        const { write_files } = decode(renderUserData({ ...kafkaInput(sampleSettings()), artifactBucket: value }));
        const file = write_files.find(({ path }) => path === "/etc/kafka-node/node.env");
        return [{ value, file: file?.content ?? "" }];
      } catch (error) {
        const message = "node.env: ARTIFACT_BUCKET has characters that a shell would interpret: ";
        assert.equal((error as Error).message, message + JSON.stringify(value));
        return [];
      }
    });
    const script = written.map(({ file }) => `(\n${file}\nprintf '%s\\0' "$ARTIFACT_BUCKET"\n)`).join("\n");
    const read = execFileSync("bash", ["-e"], { input: script, encoding: "utf8" });
    assert.deepEqual(
      read.split("\0").slice(0, -1),
      written.map(({ value }) => value),
    );
    for (const one of "$`\"'\\;&|<>(){}[]!#~?^\n") {
      assert.ok(!written.some(({ value }) => value.includes(one)), JSON.stringify(one));
    }
  });
});

describe("the JVM", () => {
  const planned = () => planNodes(sampleSettings({ brokerHeapMiB: 400 }));

  it("gets the heap that is planned, and ends with its memory, but not as a broker, which any client may ask", () => {
    const { brokers, zookeeper } = planned();
    const [[broker], [node]] = [brokers, zookeeper];
    assert.ok(broker && node);
    const options = jvmOptions(broker);
    assert.ok(options.includes("-Xms400m") && options.includes("-Xmx400m"));
    assert.ok(!options.includes("-XX:+ExitOnOutOfMemoryError"));
    assert.ok(jvmOptions(node).includes("-XX:+ExitOnOutOfMemoryError"));
    assert.ok(!options.some((option) => option.startsWith("-Dzookeeper.db")));
  });

  it("compiles once on a small machine, where a second compiler would take the time of the service", () => {
    const compilesOnce = (brokerInstanceType: string) => {
      const [broker] = planNodes(sampleSettings({ brokerInstanceType, brokerHeapMiB: 400 })).brokers;
      assert.ok(broker);
      return jvmOptions(broker).includes("-XX:TieredStopAtLevel=1");
    };
    assert.deepEqual(["t3.micro", "m7g.large", "m7g.xlarge"].map(compilesOnce), [true, true, false]);
    assert.ok(planned().zookeeper.every((node) => jvmOptions(node).includes("-XX:TieredStopAtLevel=1")));
  });

  it("asks no name server before it connects to ZooKeeper", () => {
    assert.ok(planned().brokers.every((broker) => jvmOptions(broker).includes("-Dzookeeper.sasl.client=false")));
  });

  it("tells of its collections without waiting for the disk, in regions that hold a request of a large heap", () => {
    const options = (heapMiB: number) => {
      const [broker] = planNodes(sampleSettings({ brokerInstanceType: "m7g.2xlarge", brokerHeapMiB: heapMiB })).brokers;
      assert.ok(broker);
      return jvmOptions(broker);
    };
    const regions = (heapMiB: number) => options(heapMiB).filter((option) => option.includes("RegionSize"));
    assert.ok(options(1024).includes("-Xlog:async"));
    assert.deepEqual(regions(2047), []);
    assert.deepEqual(regions(2048), ["-XX:G1HeapRegionSize=8m"]);
    assert.deepEqual(regions(6144), ["-XX:G1HeapRegionSize=16m"]);
  });

  it("has the limit on unpacked batches as a broker, and serves metrics where somebody asks for them", () => {
    const agents = (options: readonly string[]) => options.filter((option) => option.startsWith("-javaagent"));
    const { brokers, zookeeper } = planned();
    const [[broker], [node]] = [brokers, zookeeper];
    assert.ok(broker && node);
    const limit = "-javaagent:/opt/kafka/libs/broker-agent.jar=12345";
    assert.deepEqual(agents(jvmOptions(broker, { unpackedBatchBytes: 12_345 })), [limit]);
    assert.deepEqual(agents(jvmOptions(node)), []);
    // Where only this node listens, and by a file of the node archive.
    assert.deepEqual(agents(jvmOptions(broker, { unpackedBatchBytes: 12_345, monitored: true })), [
      limit,
      "-javaagent:/opt/kafka/libs/metrics.jar=10.20.0.11:9404:/opt/kafka-node/etc/kafka/metrics.yml",
    ]);
    assert.deepEqual(agents(jvmOptions(node, { monitored: true })), [
      "-javaagent:/opt/zookeeper/lib/metrics.jar=10.20.0.101:9404:/opt/kafka-node/etc/zookeeper/metrics.yml",
    ]);
  });

  it("keeps a ZooKeeper node with an empty disk from voting", () => {
    const [node] = planned().zookeeper;
    assert.ok(node);
    assert.ok(jvmOptions(node).includes("-Dzookeeper.db.autocreate=false"));
  });
});
