import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tar from "tar";
import { programArchive } from "../../../artifacts/archives";
import { builtKey } from "../../../artifacts/buildPrograms";
import { folderOnce } from "../../../artifacts/cache";
import { download, Unreachable } from "../../../artifacts/download";
import { ensureProgram, unpackRelease } from "../../../artifacts/programs";
import { releases } from "../../../artifacts/releases";
import { repository } from "../../../artifacts/repository";

describe("the monitoring's programs", () => {
  let folder: string;
  let before: NodeJS.ProcessEnv;
  const { fetch } = globalThis;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "programs-test-"));
    before = { ...process.env };
    process.env.XDG_CACHE_HOME = folder;
  });
  afterEach(() => {
    process.env = before;
    globalThis.fetch = fetch;
    rmSync(folder, { recursive: true, force: true });
  });
  const answer = (response: () => Response | Promise<Response>) => {
    globalThis.fetch = () => Promise.resolve().then(response);
  };
  const unreachable = () =>
    answer(() => {
      throw new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND github.com") });
    });

  it("are built, where they are, in the versions of the official releases", () => {
    const goMod = readFileSync(join(repository, "artifacts/go/go.mod"), "utf8");
    const versions = Object.entries(releases).map(([name, { version }]) => {
      const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
      // Prometheus' module is below 1 for good: 3.13.4 is v0.313.4.
      return name === "prometheus" ? `${name} v0.${100 * major + minor}.${patch}` : `${name} v${version}`;
    });
    for (const version of versions)
      assert.ok(new RegExp(`github\\.com/prometheus/${version}( |$)`, "m").test(goMod), version);
  });

  it("are refused when the download is not what is published", async () => {
    answer(() => new Response("something else"));
    await assert.rejects(ensureProgram("node_exporter"), {
      name: "UserError",
      message: new RegExp(
        `node_exporter-.*tar\\.gz has the SHA-256 [0-9a-f]{64}, and ${releases.node_exporter.sha256.x86_64}`,
      ),
    });
    assert.deepEqual(readdirSync(join(folder, "kafka-on-ec2/programs")), [], "something was left");
  });

  it("can't be had without the release and without Go: the error says both, and what to do", async () => {
    unreachable();
    process.env.PATH = folder;
    await assert.rejects(ensureProgram("promtool"), {
      name: "UserError",
      message:
        /^prometheus 3\.\S+ can't be had: https:\S+ can't be reached: getaddrinfo ENOTFOUND github\.com, and it can't be built here: there is no Go, .*monitoringEnabled: false/,
    });
  });

  it("once built are used without asking for the release again", async () => {
    const built = join(
      folder,
      "kafka-on-ec2/programs",
      `node_exporter-${releases.node_exporter.version}.linux-arm64-built-${builtKey()}`,
    );
    mkdirSync(built, { recursive: true });
    writeFileSync(join(built, "node_exporter"), "\x7fELF program");
    answer(() => assert.fail("the release is asked for"));
    const { name, path } = await programArchive("node_exporter", "arm64");
    assert.equal(name, `node_exporter-${releases.node_exporter.version}-arm64`);
    assert.match(execFileSync("tar", ["-tvf", path], { encoding: "utf8" }), /^-rwxr-xr-x 0\/0 .* node_exporter\n$/);
  });

  it("of a release are unpacked, and nothing else of it", async () => {
    const inside = join(folder, "tool-1.linux-amd64");
    mkdirSync(inside);
    for (const file of ["tool", "LICENSE"]) writeFileSync(join(inside, file), file, { mode: 0o755 });
    await tar.create({ gzip: true, file: join(folder, "a.tar.gz"), cwd: folder }, ["tool-1.linux-amd64"]);
    const target = join(folder, "target");
    mkdirSync(target);
    const archive = readFileSync(join(folder, "a.tar.gz"));
    unpackRelease(archive, "tool-1.linux-amd64", ["tool"], target);
    assert.deepEqual(readdirSync(target), ["tool"]);
    assert.equal(statSync(join(target, "tool")).mode & 0o111, 0o111);
    assert.throws(() => unpackRelease(archive, "tool-1.linux-amd64", ["other"], target), /has no other/);
  });

  it("count as out of reach when the server does not have them", async () => {
    answer(() => new Response("", { status: 404 }));
    await assert.rejects(
      download("https://example.com/x", "", 10),
      (error) => error instanceof Unreachable && /HTTP 404/.test(error.message),
    );
  });
});

describe("a folder that is made once", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "once-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is made by one, and the others wait for it; only what is whole is there", async () => {
    const place = join(folder, "place");
    let made = 0;
    const make = () =>
      folderOnce(place, async (draft) => {
        made += 1;
        writeFileSync(join(draft, "half"), "");
        assert.ok(!existsSync(place));
        await new Promise((done) => setTimeout(done, 20));
      });
    await Promise.all([make(), make(), make()]);
    assert.equal(made, 1);
    assert.deepEqual(readdirSync(folder), ["place"]);
  });

  it("is made anew when its maker has failed or was killed", async () => {
    const place = join(folder, "place");
    await assert.rejects(
      folderOnce(place, () => Promise.reject(new Error("no"))),
      /no/,
    );
    // The id of a process that has ended.
    writeFileSync(`${place}.maker`, String(spawnSync("true").pid));
    await folderOnce(place, () => Promise.resolve());
    assert.deepEqual(readdirSync(folder), ["place"]);
  });

  it("is not waited for without end", async () => {
    const place = join(folder, "place");
    writeFileSync(`${place}.maker`, String(process.pid));
    await assert.rejects(
      folderOnce(place, () => Promise.resolve(), 0),
      { name: "UserError", message: /place has not been made within 0 s by the process that \S+place\.maker names/ },
    );
  });
});
