import assert from "node:assert/strict";
import { readStackOutputs } from "../../../../examples/activity/cluster/outputs";
import { readSettings } from "../../../../examples/activity/collector/settings";
import { clientProperties } from "../../../../planning/cluster/clientProperties";

describe("the collector's settings", () => {
  it("have defaults, and take what is given", () => {
    assert.deepEqual(readSettings({}), {
      PORT: 8080,
      HOST: "0.0.0.0",
      TOPIC: "user-activity",
      SPOOL_FOLDER: "spool",
      SPOOL_MIB: 1024,
      IN_FLIGHT_MIB: 64,
      BODY_KIB: 256,
      PATIENCE_MS: 5000,
      ORIGINS: ["*"],
      KEEP_ADDRESS: "no",
      DEMO_PAGE: "no",
    });
    const { PORT, ORIGINS } = readSettings({ PORT: "0", ORIGINS: "https://a.example,https://b.example:8443" });
    assert.deepEqual([PORT, ORIGINS], [0, ["https://a.example", "https://b.example:8443"]]);
  });

  it("that can't be used are told all at once: variable, value, rule, remedy", () => {
    assert.throws(() => readSettings({ PORT: "http", SPOOL_MIB: "0", ORIGINS: "example.com", KEEP_ADDRESS: "maybe" }), {
      message:
        'PORT is "http": expected a whole number from 0 to 65535\n' +
        'SPOOL_MIB is "0": expected a whole number from 1 to 1000000\n' +
        'ORIGINS is "example.com": expected * or origins such as https://www.example.com,https://example.com\n' +
        'KEEP_ADDRESS is "maybe": expected one of no, connection, forwarded\n' +
        "change or unset PORT, SPOOL_MIB, ORIGINS, KEEP_ADDRESS and start again",
    });
  });
});

describe("the stack's outputs", () => {
  it("are read from a variable", () => {
    const outputs = { bootstrapServers: "b:9092", clientProperties: clientProperties(["b:9092"], 3) };
    const read = readStackOutputs({ STACK_OUTPUTS: JSON.stringify(outputs) });
    assert.deepEqual(read.clientProperties.kafkajs.send, outputs.clientProperties.kafkajs.send);
  });

  it("that are missing, unreadable or older are told with the remedy", () => {
    const remedy = /make it by `pulumi stack output --json --stack NAME >outputs\.json`/;
    for (const [variables, fault] of [
      [
        { STACK_OUTPUTS_FILE: "/none/outputs.json" },
        /^Error: STACK_OUTPUTS_FILE=\/none\/outputs\.json can't be read as JSON/,
      ],
      [{ STACK_OUTPUTS: "{" }, /^Error: STACK_OUTPUTS can't be read as JSON/],
      [{ STACK_OUTPUTS: "null" }, /^Error: STACK_OUTPUTS lacks clientProperties\.kafkajs\.client\.brokers: /],
      [{ STACK_OUTPUTS: '{"clientProperties":{"kafkajs":{"client":{}}}}' }, /lacks \S+\.client\.brokers: the stack/],
      [
        { STACK_OUTPUTS: '{"clientProperties":{"kafkajs":{"client":{"brokers":["b:9092"]}}}}' },
        /lacks clientProperties\.kafkajs\.producer: the stack is not up, or is older than this application/,
      ],
    ] as const) {
      assert.throws(() => readStackOutputs(variables), fault);
      assert.throws(() => readStackOutputs(variables), remedy);
    }
  });
});
