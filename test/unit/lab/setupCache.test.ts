import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { cachedFolder, keyOf } from "../../../lab/setup/cachedFolder";
import { withFileLock } from "../../../lab/setup/fileLock";

describe("set-up: what is kept in the cache", () => {
  const before = process.env.XDG_CACHE_HOME;
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "setup-cache-"));
    process.env.XDG_CACHE_HOME = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const wanted = (key: string, build: (draft: string) => Promise<void>) =>
    cachedFolder({ name: "thing", key, timeoutSeconds: 10, progress: () => undefined, build });
  const writing = (text: string) => (draft: string) => {
    fs.writeFileSync(path.join(draft, "file"), text);
    return Promise.resolve();
  };

  it("builds once, also when asked twice at the same time", async () => {
    let builds = 0;
    const build = async (draft: string) => {
      builds += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      await writing("a")(draft);
    };
    const [first, second] = await Promise.all([wanted("k", build), wanted("k", build)]);
    assert.equal(first, second);
    assert.equal(builds, 1);
    assert.equal(fs.readFileSync(path.join(first, "file"), "utf8"), "a");
  });

  it("leaves nothing of a build that failed, and builds again", async () => {
    const failing = async (draft: string) => {
      await writing("half")(draft);
      throw new Error("no network");
    };
    await assert.rejects(wanted("k", failing), /no network/);
    assert.deepEqual(fs.readdirSync(path.join(folder, "kafka-on-ec2", "thing")), []);
    const built = await wanted("k", writing("whole"));
    assert.equal(fs.readFileSync(path.join(built, "file"), "utf8"), "whole");
  });

  it("clears away what a killed build left behind", async () => {
    const shelf = path.join(folder, "kafka-on-ec2", "thing");
    fs.mkdirSync(path.join(shelf, "draft-abc", "deep"), { recursive: true });
    await wanted("k", writing("a"));
    assert.deepEqual(fs.readdirSync(shelf), ["k"]);
  });

  it("makes keys that change with every part", () => {
    const file = path.join(folder, "definition");
    fs.writeFileSync(file, "one");
    const key = keyOf(["a", { file }]);
    assert.match(key, /^[0-9a-f]{16}$/);
    assert.equal(keyOf(["a", { file }]), key);
    assert.notEqual(keyOf(["b", { file }]), key);
    fs.writeFileSync(file, "two");
    assert.notEqual(keyOf(["a", { file }]), key);
    assert.notEqual(keyOf(["ab", "c"]), keyOf(["a", "bc"]));
  });

  describe("the lock", () => {
    it("lets one action in at a time", async () => {
      const lock = path.join(folder, "lock");
      let inside = 0;
      let most = 0;
      const action = async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inside -= 1;
      };
      await Promise.all([1, 2, 3].map(() => withFileLock(lock, { timeoutSeconds: 10 }, action)));
      assert.equal(most, 1);
      assert.deepEqual(fs.readdirSync(folder), []);
    });

    it("is given up when its action fails", async () => {
      const lock = path.join(folder, "lock");
      await assert.rejects(
        withFileLock(lock, { timeoutSeconds: 1 }, () => Promise.reject(new Error("oh"))),
        /oh/,
      );
      assert.equal(await withFileLock(lock, { timeoutSeconds: 1 }, () => Promise.resolve("in")), "in");
    });

    it("of a process that was killed is taken over at once", async () => {
      const lock = path.join(folder, "lock");
      const module = path.resolve(__dirname, "../../../lab/setup/fileLock");
      const program = `require(${JSON.stringify(module)}).withFileLock(${JSON.stringify(lock)}, { timeoutSeconds: 5 }, () => {
        console.log("held");
        return new Promise(() => setInterval(() => undefined, 1000));
      })`;
      const holder = spawn(process.execPath, ["--import", "tsx", "--eval", program], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(holder.stdout, "data");
      await assert.rejects(
        withFileLock(lock, { timeoutSeconds: 0.3 }, () => Promise.resolve()),
        (error: Error) => error.message.includes(`process ${holder.pid} `) && error.message.includes(lock),
      );
      holder.kill("SIGKILL");
      await once(holder, "exit");
      assert.equal(await withFileLock(lock, { timeoutSeconds: 5 }, () => Promise.resolve("in")), "in");
    });
  });
});
