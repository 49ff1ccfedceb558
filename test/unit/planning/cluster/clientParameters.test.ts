import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  outputsOfParameters,
  parameterBytes,
  parameterNames,
  parameterValues,
  topicParts,
} from "../../../../planning/cluster/clientParameters";
import { clientProperties } from "../../../../planning/cluster/clientProperties";
import { readClientOutputs, type ClientOutputs, type TopicOutput } from "../../../../planning/cluster/outputs";

const outputsOf = (addresses: readonly string[], topics: readonly TopicOutput[]): ClientOutputs => ({
  bootstrapServers: addresses.join(","),
  brokers: addresses.map((_, index) => ({ id: index + 1, zone: `ap-southeast-1${"abc"[index % 3]}` })),
  topics,
  clientSecurityGroupId: "sg-0123456789abcdef0",
  clientProperties: clientProperties(addresses, 15),
});
const addresses = (count: number, domain: string) =>
  Array.from({ length: count }, (_, index) => `kafka-${index + 1}.${domain}:9092`);
const bytes = (text: string) => Buffer.byteLength(text);

const someTopics = fc.array(
  fc.record(
    {
      name: fc.stringMatching(/^[A-Za-z0-9._-]{1,249}$/),
      partitions: fc.integer({ min: 1, max: 4000 }),
      retentionHours: fc.integer({ min: 1, max: 876_000 }),
      retentionGiB: fc.integer({ min: 1, max: 1_000_000 }),
    },
    { requiredKeys: ["name", "partitions", "retentionHours"], noNullPrototype: true },
  ),
  { maxLength: 150 },
);

describe("what clients need, in parameters of SSM", () => {
  it("comes back as it was, whatever the topics, and fits into standard parameters", () => {
    fc.assert(
      fc.property(someTopics, fc.integer({ min: 1, max: 15 }), (topics, brokers) => {
        const outputs = outputsOf(addresses(brokers, "kafka.internal"), topics);
        const parts = topicParts(topics).length;
        const values = parameterValues(outputs, parts);
        assert.deepEqual(Object.keys(values), parameterNames(parts));
        for (const [name, value] of Object.entries(values)) {
          assert.ok(value !== "" && bytes(value) <= parameterBytes.Standard, name);
        }
        assert.deepEqual(readClientOutputs(outputsOfParameters(values)), outputs);
      }),
      { numRuns: 50 },
    );
  });

  it("fits into advanced ones with as many brokers and as long a domain as the settings let through", () => {
    for (const [brokers, letters] of [
      [90, 60],
      [45, 138],
      [28, 233],
    ] as const) {
      const values = parameterValues(outputsOf(addresses(brokers, "d".repeat(letters)), []), 1);
      for (const [name, value] of Object.entries(values)) assert.ok(bytes(value) <= parameterBytes.Advanced, name);
    }
  });

  it("come without the brokers' zones from a stack that an earlier version deployed", () => {
    const { brokers, ...before } = parameterValues(outputsOf(["a:1"], []), 1);
    assert.equal(brokers, '[{"id":1,"zone":"ap-southeast-1a"}]');
    assert.deepEqual(readClientOutputs(outputsOfParameters(before)).brokers, []);
  });

  it("puts what has no parameter of its own into the last one", () => {
    const topics = Array.from({ length: 70 }, (_, index) => ({
      name: `topic-${index}`,
      partitions: 1,
      retentionHours: 1,
    }));
    const values = parameterValues(outputsOf(["a:1"], topics), 1);
    assert.deepEqual(outputsOfParameters(values).topics, topics);
  });
});
