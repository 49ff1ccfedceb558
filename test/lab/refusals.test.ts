import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

import { labIsRunning } from "../../lab/index";
import { projectFolder, runCommand } from "./commands";

/** What a machine lacks is said in one sentence with its remedy, before anything is made. */
describe("the lab refuses a machine that can't hold it", function () {
  this.timeout(120_000);
  let folder: string;

  before(stopLab);
  after(stopLab);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "refusals-"));
    chmodSync(folder, 0o777);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** `lab/cli.ts` of a clone, behind a command that takes something away from it. */
  const lab = (
    prefix: readonly string[],
    args: readonly string[],
    clone = projectFolder,
    cache = join(folder, "cache"),
  ) => {
    const tsx = join(projectFolder, "node_modules", ".bin", "tsx");
    const [command = tsx, ...rest] = [...prefix, tsx, join(clone, "lab", "cli.ts"), ...args];
    const { status, stdout, stderr } = spawnSync(command, rest, {
      cwd: clone,
      encoding: "utf8",
      env: {
        ...process.env,
        HOME: folder,
        XDG_CACHE_HOME: cache,
        XDG_STATE_HOME: join(folder, "state"),
      },
      timeout: 100_000,
    });
    return { status, output: stdout + stderr };
  };
  const refused = ({ status, output }: { status: number | null; output: string }, why: RegExp) => {
    assert.equal(status, 1, output);
    assert.match(output, why);
    assert.doesNotMatch(output, /^\s+at /m, "no stack trace");
  };

  it("without root", () => {
    // The sources are copied, as another user may not be able to read this clone.
    const clone = cloneOf();
    const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", process.execPath];
    const bundle = join(clone, "cli.js");
    const built = spawnSync(
      join(projectFolder, "node_modules", ".bin", "esbuild"),
      [
        join(projectFolder, "lab", "cli.ts"),
        "--bundle",
        "--platform=node",
        `--outfile=${bundle}`,
        "--external:esbuild",
      ],
      { encoding: "utf8" },
    );
    assert.equal(built.status, 0, built.stderr);
    const [command = "", ...rest] = [...user, bundle, "start"];
    const { status, stdout, stderr } = spawnSync(command, rest, { cwd: clone, encoding: "utf8", timeout: 60_000 });
    refused({ status, output: stdout + stderr }, /the lab needs root .*run it with sudo/);
  });

  it("without the right to make namespaces", () => {
    refused(lab(["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"], ["start"]), /namespaces/);
  });

  it("without disk space", () => {
    mkdirSync(join(folder, "state"));
    const inSmallDisk = [
      "unshare",
      "--mount",
      "sh",
      "-c",
      `mount -t tmpfs -o size=64m none ${folder}/state && exec "$@"`,
      "sh",
    ];
    refused(lab(inSmallDisk, ["start"]), /needs \d+ GiB of free disk space in .*there are 0\.\d: free some/);
  });

  it("without a network, when something has to be fetched", () => {
    refused(lab(["unshare", "--net"], ["setup"]), /failed: .*check that .* reaches its/);
  });

  it("while a lab of another clone is up", async () => {
    const started = await runCommand(["lab/cli.ts", "start"]);
    assert.equal(started.code, 0, started.output);
    const clone = cloneOf();
    refused(lab([], ["start"], clone), /a lab of another clone is running .*stop it there with `npm stop`/);
    refused(lab([], ["stop"], clone), /or from here with `npm stop -- --other`/);
    assert.equal(lab([], ["stop", "--other"], clone).status, 0);
    assert.equal(await labIsRunning(), false);
  });

  it("but not for a lab whose clone is gone: it ends that", async () => {
    const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
    for (const [word, after] of [
      ["stop", false],
      ["start", true],
    ] as const) {
      const clone = cloneOf();
      const started = lab([], ["start"], clone, cache);
      assert.equal(started.status, 0, started.output);
      rmSync(clone, { recursive: true });
      const { code, output } = await runCommand(["lab/cli.ts", word]);
      assert.equal(code, 0, output);
      assert.equal(await labIsRunning(), after);
    }
  });

  async function stopLab(): Promise<void> {
    if (!(await labIsRunning())) return;
    const stopped = await runCommand(["lab/cli.ts", "stop"]);
    assert.equal(stopped.code, 0, stopped.output);
  }

  function cloneOf(): string {
    const clone = join(folder, "clone");
    mkdirSync(clone);
    cpSync(join(projectFolder, "lab"), join(clone, "lab"), { recursive: true });
    cpSync(join(projectFolder, "package.json"), join(clone, "package.json"));
    symlinkSync(join(projectFolder, "node_modules"), join(clone, "node_modules"));
    return clone;
  }
});
