import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { clientOutputsFromFile, clientOutputsFromText, requireTopics } from "../../../outputs";
import { clientProperties } from "../../../planning/cluster/clientProperties";
import { outputsSchemaText } from "../../../planning/cluster/outputsSchema";

const repository = join(__dirname, "../../..");
const read = (...path: string[]) => readFileSync(join(repository, ...path), "utf8");

interface Form {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Form>>;
  readonly additionalProperties?: Form | boolean;
  readonly required?: readonly string[];
  readonly items?: Form;
}

/** Every output and what is in it: `topics[].retentionGiB? number`. */
function namesIn(form: Form, path = ""): string[] {
  const own = path === "" ? [] : [`${path} ${form.type ?? "any"}`];
  const inside = Object.entries(form.properties ?? {}).flatMap(([name, inner]) => {
    const mark = form.required?.includes(name) ? "" : "?";
    return namesIn(inner, `${path}${path && "."}${name}${mark}`);
  });
  return [...own, ...inside, ...(form.items ? namesIn(form.items, `${path}[]`) : [])];
}

describe("the contract with applications", () => {
  const outputs = {
    bootstrapServers: "kafka-1.kafka.internal:9092",
    brokers: [{ id: 1, zone: "us-east-1a" }],
    topics: [
      { name: "user-activity", partitions: 15, retentionHours: 168 },
      { name: "orders", partitions: 3, retentionHours: 24, retentionGiB: 5 },
    ],
    clientSecurityGroupId: "sg-1",
    clientProperties: clientProperties(["kafka-1.kafka.internal:9092"], 15),
  };

  it("keeps every name, its kind, and that it is always there", () => {
    const promised = read("test/unit/outputs/names.txt").trim().split("\n");
    const present = namesIn(JSON.parse(outputsSchemaText()) as Form);
    const broken = promised.filter((line) => !present.includes(line));
    assert.deepEqual(broken, [], "applications rely on these: they are not renamed, retyped or left out");
    const added = present.filter((line) => !promised.includes(line));
    assert.deepEqual(added, [], "new outputs: add these lines to test/unit/outputs/names.txt");
  });

  it("is outputs/outputs.schema.json: npm run --silent outputs -- --schema >outputs/outputs.schema.json", () => {
    assert.equal(read("outputs/outputs.schema.json"), outputsSchemaText());
  });

  it("is named whole in docs/outputs.md", () => {
    const docs = read("docs/outputs.md");
    const { properties = {} } = JSON.parse(outputsSchemaText()) as Form;
    assert.deepEqual(
      Object.keys(properties).filter((name) => !docs.includes(`\`${name}\``)),
      [],
    );
  });

  it("is read without Pulumi", async () => {
    const { metafile } = await build({
      entryPoints: [join(repository, "outputs/index.ts")],
      bundle: true,
      platform: "node",
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    const modules = Object.keys(metafile.inputs);
    assert.ok(modules.some((path) => path.includes("node_modules/zod/")));
    assert.deepEqual(
      modules.filter((path) => /node_modules\/@(pulumi|grpc)\//.test(path)),
      [],
    );
  });

  it("is read from text and file, whatever else is there; what is missing is named", () => {
    const folder = mkdtempSync(join(tmpdir(), "outputs-"));
    const file = join(folder, "outputs.json");
    try {
      const text = JSON.stringify({ ...outputs, imageId: 5, addedLater: true });
      writeFileSync(file, text);
      assert.deepEqual(clientOutputsFromText(text), outputs);
      assert.deepEqual(clientOutputsFromFile(file), outputs);
      writeFileSync(file, "error: no stack");
      assert.throws(
        () => clientOutputsFromFile(file),
        /outputs\.json is not JSON: .*; write it with pulumi stack output/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
    assert.throws(() => clientOutputsFromText("{}"), /\n {2}bootstrapServers: [^]*\n {2}topics: /);
  });

  it("tells of a misspelt topic at once, with those that are there", () => {
    requireTopics(outputs, ["user-activity", "orders"]);
    assert.throws(
      () => requireTopics(outputs, ["user-activty", "orders"]),
      /^Error: no topic user-activty in the stack, which has: orders, user-activity; did you mean user-activity\?$/,
    );
    assert.throws(() => requireTopics({ topics: [] }, ["a"]), /which has: none$/);
  });
});
