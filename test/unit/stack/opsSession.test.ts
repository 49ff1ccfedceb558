import assert from "node:assert/strict";
import { opsHostCommand } from "../../../stack/opsSession";

describe("a command on the ops host", () => {
  const command = (words: readonly string[], isTerminal = false) => opsHostCommand(words, isTerminal);

  it("is kafka-ops's, and arrives word by word", () => {
    assert.deepEqual(command(["logs", "kafka-3", "--since", "2026-11-29 01:00"]), {
      options: [],
      command: [
        ...["node-22", "/opt/kafka-ops/kafka-ops.js", "logs", "kafka-3", "--since", "'2026-11-29 01:00'"],
        ...["--cluster", "/opt/kafka-ops/cluster.json"],
      ],
    });
  });

  it("is one of Kafka's by its name, and `shell` is whatever follows", () => {
    for (const name of ["kafka-topics", "kafka-consumer-groups.sh", "zookeeper-shell"]) {
      assert.deepEqual(command([name, "--topic", "a.*"]).command, [name, "--topic", "'a.*'"]);
    }
    assert.deepEqual(command(["shell", "uptime; df"], true), { options: [], command: ["uptime; df"] });
  });

  it("ends with this terminal, if it would run for ever", () => {
    assert.deepEqual(command(["logs", "all", "--follow"], true).options, ["-t"]);
    assert.deepEqual(command(["status", "--watch"], true).options, ["-t"]);
    assert.deepEqual(command(["kafka-console-consumer", "--topic", "clicks"], true).options, ["-t"]);
    assert.deepEqual(command(["logs", "all", "--follow"], false).options, []);
    assert.deepEqual(command(["status"], true).options, []);
  });
});
