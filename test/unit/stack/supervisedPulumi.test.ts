import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { PulumiError, SupervisedPulumi } from "../../../stack/supervisedPulumi";

/** Stands for the CLI: notes how it was called and which signals it got. */
const fakeCli = `#!/bin/bash
echo "$*" >>"$FAKE_PULUMI/calls"
case "$1 $2" in
  "version "*) echo v3.245.0 ;;
  "stack --show-name") [[ $4 == known ]] || { echo "error: no stack named '$4' found" >&2; exit 6; } ;;
  "stack output") echo '{"plain":"x","hidden":"[secret]"}' ;;
  "up "*)
    trap 'echo INT >>"$FAKE_PULUMI/signals"; exit 130' INT
    touch "$FAKE_PULUMI/up"
    if [[ $FAKE_UP == quick ]]; then exit 0; fi
    for _ in {1..100}; do sleep 0.1; done ;;
esac
`;

describe("supervised Pulumi", () => {
  const folder = mkdtempSync(join(tmpdir(), "fake-pulumi-"));
  const previous = { PATH: process.env.PATH, FAKE_PULUMI: process.env.FAKE_PULUMI };
  const text = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "");

  before(() => {
    writeFileSync(join(folder, "pulumi"), fakeCli, { mode: 0o755 });
    writeFileSync(join(folder, "Pulumi.yaml"), "name: fake\nruntime: nodejs\n");
    process.env.PATH = `${folder}:${process.env.PATH}`;
    process.env.FAKE_PULUMI = folder;
  });
  after(() => {
    process.env.PATH = previous.PATH;
    process.env.FAKE_PULUMI = previous.FAKE_PULUMI;
    rmSync(folder, { recursive: true });
  });

  const open = async (stack: string, envVars: Record<string, string> = {}): Promise<[SupervisedPulumi, Stack]> => {
    const pulumi = await SupervisedPulumi.find("known");
    const options = { pulumiCommand: pulumi.command, envVars };
    return [pulumi, await LocalWorkspace.selectStack({ stackName: stack, workDir: folder }, options)];
  };

  it("runs every command of the Automation API, selects no stack and asks for no secret", async () => {
    const [, stack] = await open("known", { FAKE_UP: "quick" });
    const { outputs } = await stack.up();
    assert.deepEqual(outputs, {
      plain: { value: "x", secret: false },
      hidden: { value: "[secret]", secret: true },
    });
    const calls = text("calls");
    assert.match(calls, /^up --yes --skip-preview .*--stack known/m);
    assert.doesNotMatch(calls, /stack select|--show-secrets|stack history/);
  });

  it("gives a failed command's own words", async () => {
    await assert.rejects(open("unknown"), (error: unknown) => {
      assert.ok(error instanceof PulumiError);
      assert.match(error.stderr, /no stack named 'unknown' found/);
      return true;
    });
  });

  it("passes an interruption on once, and knows of it afterwards", async () => {
    rmSync(join(folder, "up"), { force: true });
    const [pulumi, stack] = await open("known", { FAKE_UP: "slow" });
    const running = assert.rejects(stack.up(), PulumiError);
    for (let tries = 0; !existsSync(join(folder, "up")); tries++) {
      assert.ok(tries < 200, "the fake CLI did not start");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    pulumi.interrupt();
    await running;
    assert.equal(text("signals"), "INT\n");
    assert.equal(pulumi.interrupted, true);
  });
});
