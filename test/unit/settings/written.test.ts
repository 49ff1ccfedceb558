import assert from "node:assert/strict";
import { parse } from "yaml";
import { repository } from "../../../artifacts/repository";
import { settingKeys, settingOf } from "../../../settings/schema";
import { clusterArgsText } from "../../../settings/written/clusterArgs";
import { outdatedFiles } from "../../../settings/written/files";
import { withConfigBlock } from "../../../settings/written/projectFile";
import { referenceText } from "../../../settings/written/reference";

describe("what is written from the schema", () => {
  it("is as the schema has it", async () => {
    const outdated = await outdatedFiles(repository, { write: false });
    assert.deepEqual(outdated, [], "run npm run settings -- --write");
  });

  it("replaces the block config of Pulumi.yaml, and nothing else", () => {
    const head = "name: x\n# why\nconfig:\n";
    const tail = "requiredPulumiVersion: '>=3.0.0'\n";
    const text = withConfigBlock(`${head}  old:\n    default: 1\n\n# of the tail\n${tail}`);
    assert.ok(text.startsWith(head));
    assert.ok(text.endsWith(`\n${tail}`));
    const { config } = parse(text) as { config: object };
    assert.deepEqual(Object.keys(config), settingKeys);
    assert.throws(() => withConfigBlock("name: x\n"), /no block config/);
  });

  it("has an entry in the reference for each setting, and for each field of an item", () => {
    const text = referenceText();
    for (const key of settingKeys) assert.ok(text.includes(`\n- **\`${key}\`** (`), key);
    assert.match(
      text,
      /\n {2}- \*\*`topics\[\]\.retentionGiB`\*\* \(integer, GiB, default none\): GiB of the whole topic/,
    );
    assert.match(text, /\n {2}- \*\*`topics\[\]\.name`\*\* \(text, must be given\): /);
    assert.match(text, /\n- \*\*`brokerVolumeGiB`\*\* \(integer, GiB, default `30`\): Size of /);
    assert.match(text, /brokers are kafka-1\.\\<domain\\> and so on/);
  });

  it("lets a component take everything as an Input but what decides how many resources there are", () => {
    const text = clusterArgsText();
    assert.match(text, / \* @default 5\n \*\/\nreadonly count\?: number;/);
    assert.match(
      text,
      / \* @default 30 \(GiB\)\n \* @example 4096\n \*\/\nreadonly volumeGiB\?: pulumi\.Input<number>;/,
    );
    assert.match(text, /readonly zones\?: readonly string\[\];/);
    assert.match(text, /readonly vpcId\?: pulumi\.Input<string>;/);
    assert.match(text, /readonly config\?: pulumi\.Input<readonly pulumi\.Input<string>\[\]>;/);
    assert.match(text, /readonly retentionGiB\?: pulumi\.Input<number>;/);
    assert.match(text, /Copies minus brokers\.minInsyncReplicas brokers may be lost at once\./);
  });

  it("has a default that the setting's own rule takes, for every setting that need not be given", () => {
    const refused = settingKeys.filter((key) => {
      const { rule, default: value, example } = settingOf(key);
      return [value, ...(example === undefined ? [] : [example])].some((taken) => !rule.safeParse(taken).success);
    });
    assert.deepEqual(refused, ["sshCidrs"]);
  });
});
