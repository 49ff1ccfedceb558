import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { overloadFaults, roomFaults } from "../../../planning/capacity/overload";
import { defaults, settingKeys } from "../../../settings/schema";
import { parseSettings } from "../../../settings/check";
import { readStackFile } from "../../../settings/stackFile";

const read = (name: string): string => readFileSync(join(__dirname, "../../..", name), "utf8");

interface Declaration {
  readonly type: string;
  readonly default: unknown;
  readonly description: string;
}

describe("Pulumi.yaml", () => {
  const declared = Object.fromEntries(
    Object.entries((parse(read("Pulumi.yaml")) as { config: Record<string, Declaration> }).config),
  );

  it("declares every setting, and nothing else, with the program's default", () => {
    assert.deepEqual(Object.keys(declared).sort(), [...settingKeys].sort());
    for (const key of settingKeys) assert.deepEqual(declared[key]?.default, defaults[key], key);
  });

  const fractions = ["IngestMBps", "CompressionRatio", "PeakFactor", "DatabaseDownHours"].map(
    (key) => `workload${key}`,
  );

  it("types and describes each of them", () => {
    const typeOf = (value: unknown): string =>
      Array.isArray(value) ? "array" : typeof value === "number" ? "integer" : typeof value;
    for (const [key, { type, description, default: value }] of Object.entries(declared)) {
      // Pulumi has no type for numbers with fractions.
      if (!fractions.includes(key)) assert.equal(type, typeOf(value), key);
      assert.ok(description.length > 20, key);
    }
  });
});

for (const [stack, brokers] of [
  ["prod", 5],
  ["local", 5],
  ["dev", 3],
] as const) {
  describe(`Pulumi.${stack}.yaml`, () => {
    it("is a sound configuration", () => {
      const { raw, context } = readStackFile(read(`Pulumi.${stack}.yaml`), { project: "kafka-on-ec2", stack });
      const settings = parseSettings(raw, context);
      assert.equal(settings.clusterName, `kafka-${stack}`);
      assert.equal(settings.brokers.count, brokers);
      assert.deepEqual([...roomFaults(settings), ...overloadFaults(settings)], []);
      assert.equal(settings.dataProtection, stack === "prod");
    });
  });
}
