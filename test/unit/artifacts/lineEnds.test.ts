import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shippedText } from "../../../artifacts/shippedText";

const repository = join(__dirname, "../../..");

describe("the ends of lines", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "line-ends-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("stay as committed in a clone whose git converts them", () => {
    const git = (...args: string[]) => execFileSync("git", args, { stdio: "pipe" });
    const origin = join(folder, "origin");
    git("init", "--quiet", origin);
    for (const file of [".gitattributes", "node", "trials/jobs/run-job.sh"]) {
      cpSync(join(repository, file), join(origin, file), { recursive: true });
    }
    const image = Buffer.from([0, 13, 10, 0]);
    writeFileSync(join(origin, "image.png"), image);
    const identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
    git("-C", origin, "add", ".");
    git("-C", origin, ...identity, "commit", "--quiet", "-m", "all");
    const clone = join(folder, "clone");
    git("-c", "core.autocrlf=true", "-c", "core.eol=crlf", "clone", "--quiet", origin, clone);
    for (const file of ["node/bootstrap.sh", "node/systemd/kafka.service", "trials/jobs/run-job.sh"]) {
      assert.ok(readFileSync(join(clone, file)).equals(readFileSync(join(repository, file))), file);
    }
    assert.deepEqual(readFileSync(join(clone, "image.png")), image);
  });

  it("are looked at in whatever is sent to a machine", () => {
    const script = join(folder, "run-job.sh");
    writeFileSync(script, "#!/usr/bin/env bash\r\n");
    assert.throws(
      () => shippedText(script),
      /the lines of .*run-job\.sh end with a carriage return .* check the files out again/,
    );
  });
});
