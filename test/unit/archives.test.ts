import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tar from "tar";
import { ensureZooKeeperArchive, nodeArchive, publishedSha512 } from "../../components/archives";

describe("archives", () => {
  let folder: string;
  let cacheHome: string | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "archives-test-"));
    cacheHome = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = folder;
  });
  afterEach(() => {
    if (cacheHome === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cacheHome;
    rmSync(folder, { recursive: true, force: true });
  });

  it("gives the same node archive for the same files", async () => {
    const first = await nodeArchive();
    assert.equal((await nodeArchive()).sha512, first.sha512);
    assert.match(first.sha512, /^[0-9a-f]{128}$/);
  });

  it("packs for a node what a node runs, and nothing of the ops host's, which would change every node", async () => {
    const files: string[] = [];
    await tar.list({ file: (await nodeArchive()).path, onReadEntry: (entry) => void files.push(entry.path) });
    for (const file of ["bin/install-node", "lib/common.sh", "systemd/kafka.service"]) {
      assert.ok(files.includes(file), `${file} is missing in ${files.join(", ")}`);
    }
    assert.deepEqual(
      files.filter((file) => /^ops\/|__pycache__/.test(file)),
      [],
    );
  });

  it("refuses a cached archive that has changed, and says what to do", async () => {
    await nodeArchive(); // makes the folder
    const file = join(folder, "kafka-on-ec2", "archives", "zookeeper-3.8.6.tgz");
    writeFileSync(file, "cut off");
    writeFileSync(`${file}.sha512`, "0".repeat(128));
    await assert.rejects(ensureZooKeeperArchive("3.8.6"), (error: Error) => {
      assert.match(
        error.message,
        /zookeeper-3\.8\.6\.tgz has the SHA-512 [0-9a-f]{128}, but had 0{128} .*delete it and start again/,
      );
      return true;
    });
  });

  it("reads both forms of Apache's published checksums", () => {
    const hex = "ab".repeat(64);
    assert.equal(publishedSha512(`${hex}  apache-zookeeper-3.8.6-bin.tar.gz\n`), hex);
    const groups = hex.toUpperCase().match(/.{8}/g)?.join(" ") ?? "";
    assert.equal(publishedSha512(`kafka_2.13-3.9.2.tgz: ${groups.slice(0, 40)}\n   ${groups.slice(40)}\n`), hex);
    assert.throws(() => publishedSha512("<html>not found</html>"), /no SHA-512/);
  });
});
