import assert from "node:assert/strict";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { CreateAliasCommand, CreateKeyCommand } from "@aws-sdk/client-kms";
import { CreateBucketCommand, GetObjectCommand } from "@aws-sdk/client-s3";

import { repository } from "../../artifacts/repository";
import { existingStack } from "../../stack/deploy/openStack";
import type { Environment } from "../../stack/environment";
import { SupervisedPulumi } from "../../stack/supervisedPulumi";
import { startEmulator, type EmulatorProcess } from "./emulatorProcess";
import { Engine } from "./engine";

const stack = "moved";
const bucket = "team-pulumi-state";
const secret = "a-private-key";

/** Something that is made, and a secret. */
const program = `
const { Config, secret } = require("@pulumi/pulumi");
const { RandomId } = require("@pulumi/random");
new RandomId("made", { byteLength: 8 });
exports.key = new Config().requireSecret("key");
`;

describe("a stack in files whose update was killed while Pulumi wrote its state", function () {
  this.timeout(120_000);

  it("is opened again by the next command", async () => {
    const engine = await Engine.start("", "nobody", (project) => {
      writeFileSync(join(project, "Pulumi.yaml"), "name: kafka-on-ec2\nruntime: nodejs\n");
    });
    const environment = engine.environment as Environment;
    const path = process.env.PATH;
    process.env.PATH = environment.PATH;
    const pulumi = await SupervisedPulumi.find(stack);
    try {
      await engine.succeed(stack, "stack", "init");
      const state = join(engine.folder, ".pulumi/stacks/kafka-on-ec2", `${stack}.json`);
      // The attributes are made before they are written.
      writeFileSync(`${state}.attrs`, "");
      assert.match((await engine.pulumi(stack, "stack", "--show-name")).output, /failed to load checkpoint: EOF/);
      assert.equal((await existingStack({ stack, environment }, pulumi))?.name, stack);
    } finally {
      process.env.PATH = path;
      pulumi.close();
      engine.remove();
    }
  });
});

/** What docs/state.md says, with the rights that docs/security.md names. */
describe("a stack that moves into a bucket, its secrets under a key of KMS", function () {
  this.timeout(300_000);
  let emulator: EmulatorProcess;
  let engine: Engine;

  before(async () => {
    emulator = await startEmulator([]);
    await emulator.s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const { KeyMetadata } = await emulator.kms.send(new CreateKeyCommand({}));
    const { KeyId = "", Arn = "" } = KeyMetadata!;
    await emulator.kms.send(new CreateAliasCommand({ AliasName: "alias/pulumi", TargetKeyId: KeyId }));
    await emulator.user("state", [
      {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: ["s3:ListBucket"], Resource: `arn:aws:s3:::${bucket}` },
          {
            Effect: "Allow",
            Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            Resource: `arn:aws:s3:::${bucket}/.pulumi/*`,
          },
          { Effect: "Allow", Action: ["kms:Encrypt", "kms:Decrypt"], Resource: Arn },
        ],
      },
    ]);
    await emulator.user("reader", [
      {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: ["s3:ListBucket"], Resource: `arn:aws:s3:::${bucket}` },
          { Effect: "Allow", Action: ["s3:GetObject"], Resource: `arn:aws:s3:::${bucket}/.pulumi/*` },
          { Effect: "Allow", Action: ["kms:Decrypt"], Resource: Arn },
        ],
      },
    ]);
    engine = await Engine.start(emulator.endpoint, "state", (project) => {
      writeFileSync(join(project, "Pulumi.yaml"), "name: moving\nruntime: nodejs\n");
      writeFileSync(join(project, "package.json"), "{}");
      writeFileSync(join(project, "index.js"), program);
      symlinkSync(join(repository, "node_modules"), join(project, "node_modules"));
    });
    await engine.succeed(stack, "stack", "init");
    await engine.succeed(stack, "config", "set", "--secret", "key", secret);
    await engine.succeed(stack, "up", "--yes", "--skip-preview");
  });

  after(async () => {
    await emulator?.stop();
    engine?.remove();
  });

  it("has everything there, encrypted, and nothing to change", async () => {
    const file = join(engine.folder, "moved.json");
    const host = new URL(emulator.endpoint).host;
    const there = engine.with({
      PULUMI_BACKEND_URL: `s3://${bucket}?region=us-east-1&endpoint=${host}&disableSSL=true&s3ForcePathStyle=true`,
      PULUMI_CONFIG_PASSPHRASE: undefined,
    });
    const provider = `awskms://alias/pulumi?region=us-east-1&endpoint=${emulator.endpoint}`;

    await engine.succeed(stack, "stack", "change-secrets-provider", provider);
    await engine.succeed(stack, "stack", "export", "--file", file);
    await there.succeed(stack, "stack", "init", "--secrets-provider", provider);
    await there.succeed(stack, "stack", "import", "--file", file);
    rmSync(file);

    const preview = await there.succeed(stack, "preview", "--expect-no-changes");
    assert.match(preview, /2 unchanged/);
    // As a pull request has it.
    const reader = there.with({ AWS_ACCESS_KEY_ID: "reader", AWS_SECRET_ACCESS_KEY: "reader" });
    const plan = join(engine.folder, "plan.json");
    assert.match(await reader.succeed(stack, "preview", "--save-plan", plan), /2 unchanged/);
    assert.notEqual((await reader.pulumi(stack, "up", "--yes")).code, 0);
    assert.equal((await there.succeed(stack, "stack", "output", "--show-secrets", "key")).trim(), secret);
    const settings = readFileSync(join(engine.project, `Pulumi.${stack}.yaml`), "utf8");
    assert.match(settings, /^secretsprovider: awskms:/m);
    assert.doesNotMatch(settings, new RegExp(`${secret}|encryptionsalt`));

    const Key = ".pulumi/stacks/moving/moved.json";
    const { Body } = await emulator.s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    const state = await Body!.transformToString();
    assert.match(state, /RandomId/);
    assert.ok(!state.includes(secret));
  });
});
