import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { cachedFolder, keyOf } from "../../lab/setup/cachedFolder";
import { findPython } from "../../lab/setup/python";
import { run } from "../../lab/setup/run";
import { clientProperties } from "../../planning/cluster/clientProperties";

const requirements = join(__dirname, "librdkafkaRequirements.txt");

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

/** The Python of a virtual environment that has confluent-kafka. */
async function confluentPython(): Promise<string> {
  const python = await findPython();
  const folder = await cachedFolder({
    name: "librdkafka",
    key: keyOf([{ file: requirements }, python.version]),
    timeoutSeconds: 300,
    progress: () => undefined,
    build: async (draft) => {
      await run(python.path, ["-m", "venv", draft], { purpose: "making a virtual environment", timeoutSeconds: 120 });
      const install = ["install", "--quiet", "--require-hashes", "--no-deps", "-r", requirements];
      const options = { purpose: "installing confluent-kafka", timeoutSeconds: 240 };
      await run(join(draft, "bin", "python"), ["-m", "pip", "--disable-pip-version-check", ...install], options);
    },
  });
  return join(folder, "bin", "python");
}

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
