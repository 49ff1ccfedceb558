import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { clientProperties } from "../../planning/cluster/clientProperties";
import { confluentPython } from "./confluentPython";

/** Makes the clients, which is when librdkafka checks a configuration, and prints what it says of each. */
const program = `
import json, sys
from confluent_kafka import Consumer, KafkaException, Producer
for kind, configuration in json.load(sys.stdin):
    quiet = {**configuration, "log_level": "0"}
    try:
        Producer(quiet) if kind == "producer" else Consumer({**quiet, "group.id": "test"}).close()
        print("taken")
    except KafkaException as error:
        print(error.args[0].str())
`;

type Configuration = readonly ["producer" | "consumer", Readonly<Record<string, string>>];

describe("the client settings for librdkafka", function () {
  this.timeout(420_000);
  let python: string;
  const { librdkafka, java } = clientProperties(["kafka-1.kafka.internal:9092"], 15);

  before(async () => {
    python = await confluentPython();
  });

  const tried = async (...configurations: readonly Configuration[]): Promise<string[]> => {
    const asked = promisify(execFile)(python, ["-c", program], { timeout: 60_000 });
    asked.child.stdin?.end(JSON.stringify(configurations));
    return (await asked).stdout.trim().split("\n");
  };

  it("are taken by it", async () => {
    const answers = await tried(["producer", librdkafka.producer], ["consumer", librdkafka.consumer]);
    assert.deepEqual(answers, ["taken", "taken"]);
  });

  it("are not those of Java, of which it knows some by other names, and some not at all", async () => {
    const lines = java.consumer.trim().split("\n");
    const unknown = await tried(
      ["producer", { ...librdkafka.producer, "liger.ms": "20" }],
      ["consumer", Object.fromEntries(lines.map((line) => line.split("=") as [string, string]))],
    );
    for (const answer of unknown) assert.match(answer, /No such configuration property/);
  });
});
