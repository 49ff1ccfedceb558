import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tar from "tar";
import { ensureZooKeeperArchive, nodeArchive, opsBundle, opsFilesArchive } from "../../../artifacts/archives";
import { fetchJars, jarDifferences, pinnedJars } from "../../../artifacts/jars";
import { agentsText } from "../../../artifacts/javaAgents";
import { tarOf } from "../../../artifacts/tarArchive";

const repository = join(__dirname, "../../..");
const nodeFolder = join(repository, "node");

describe("archives", () => {
  let folder: string;
  let before: NodeJS.ProcessEnv;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "archives-test-"));
    before = { ...process.env };
    process.env.XDG_CACHE_HOME = folder;
  });
  afterEach(() => {
    process.env = before;
    rmSync(folder, { recursive: true, force: true });
  });

  it("are the same on another machine: other folder, umask and times", () => {
    const copy = join(folder, "another", "node");
    cpSync(nodeFolder, copy, { recursive: true });
    // As under umask 077, and without the right to execute, as on Windows.
    for (const file of execFileSync("find", [copy, "-type", "f"], { encoding: "utf8" }).trim().split("\n")) {
      chmodSync(file, 0o600);
      utimesSync(file, 1, 1);
    }
    assert.equal(nodeArchive(copy).sha512, nodeArchive().sha512);
  });

  it("hold no trace of the machine's zlib: a node can read them without", async () => {
    const { path } = nodeArchive();
    const listing = execFileSync("tar", ["--no-auto-compress", "-tvf", path], { encoding: "utf8" });
    assert.match(listing, /^-rwxr-xr-x 0\/0 .* 1970-01-01 .* bin\/install-node$/m);
    assert.match(listing, /^-rw-r--r-- 0\/0 .* 1970-01-01 .* lib\/common\.sh$/m);
    // tar itself, and in the order of the names.
    assert.deepEqual(readFileSync(path), tarOf(await filesOf(path)));
  });

  it("give programs the mode that git has", () => {
    const staged = execFileSync("git", ["-C", nodeFolder, "ls-files", "-s", "."], { encoding: "utf8" });
    const modes = [...staged.matchAll(/^100(\d+) .*\t(?!ops\/|java\/|README)(.*)$/gm)].map(
      ([, mode, file]) => `${mode} ${file}`,
    );
    assert.deepEqual(modesOf(nodeArchive().path), modes.sort());
  });

  it("pack for a node what a node runs, and nothing of the ops host's, which would change every node", async () => {
    const files = (await filesOf(nodeArchive().path)).map(({ name }) => name);
    for (const file of ["bin/install-node", "lib/common.sh", "systemd/kafka.service"]) {
      assert.ok(files.includes(file), `${file} is missing in ${files.join(", ")}`);
    }
    assert.deepEqual(
      files.filter((file) => /^ops\/|__pycache__|README/.test(file)),
      [],
    );
  });

  it("pack for the ops host its services and programs, and those of a node's that it runs too", async () => {
    const { path } = opsFilesArchive();
    const files = new Map((await filesOf(path)).map(({ name, content }) => [name, Buffer.from(content).toString()]));
    for (const file of ["kafka-guardian.service", "kafka-commands", "fetch-archive", "bucket.py"]) {
      assert.ok(files.has(file), `${file} is missing in ${[...files.keys()].join(", ")}`);
    }
    // What its user data carries is not here once more.
    assert.ok(!files.has("refresh-tools.sh") && !files.has("bootstrap.sh"));
    assert.match(files.get("ship-logs.service") ?? "", /^ExecStart=\/opt\/kafka-ops\/ship-logs$/m);
    assert.match(files.get("kafka-guardian.service") ?? "", /^Restart=always$/m);
    assert.ok(modesOf(path).includes("755 ship-logs"));
    assert.ok(modesOf(path).includes("644 ship-logs.service"));
  });

  it("keep the ops host's bundle the same wherever the command is run, without a path of this machine", async () => {
    const here = await opsBundle();
    const elsewhere = process.cwd();
    try {
      process.chdir(folder);
      assert.equal((await opsBundle()).sha512, here.sha512);
    } finally {
      process.chdir(elsewhere);
    }
    assert.doesNotMatch(readFileSync(here.path, "utf8"), new RegExp(repository));
  });

  it("are refused when git has given scripts CR LF, with all files and what to do", () => {
    const copy = join(folder, "node");
    cpSync(nodeFolder, copy, { recursive: true });
    for (const file of ["bin/install-node", "ops/bootstrap.sh"]) {
      writeFileSync(join(copy, file), readFileSync(join(copy, file), "utf8").replaceAll("\n", "\r\n"));
    }
    assert.throws(
      () => nodeArchive(copy),
      /the lines of \S*bin\/install-node, \S*ops\/bootstrap\.sh end with a carriage return.*git config core\.autocrlf false/,
    );
  });

  it("are refused when the cached file has changed", async () => {
    // Made by hand in place of a download: the checksum beside it is another's.
    const lists = [pinnedJars("zookeeper", "3.8.6"), pinnedJars("jmx_prometheus_javaagent", "1.0.1")];
    const input = lists.map(({ text }) => text).join("") + agentsText(["metrics"]);
    const digest = execFileSync("sha512sum", { input, encoding: "utf8" }).slice(0, 16);
    const cache = join(folder, "kafka-on-ec2", "archives");
    mkdirSync(cache, { recursive: true });
    const file = join(cache, `zookeeper-3.8.6-${digest}.tar`);
    writeFileSync(file, "cut off");
    writeFileSync(`${file}.sha512`, "0".repeat(128));
    await assert.rejects(
      ensureZooKeeperArchive("3.8.6"),
      /zookeeper-3\.8\.6-\w+\.tar has the SHA-512 [0-9a-f]{128}, but had 0{128} .*delete it and start again/,
    );
  });

  describe("of jars", () => {
    const list = (jars: Record<string, string>) =>
      Object.entries(jars)
        .map(([name, digit]) => `${digit.repeat(128)}  ${name}\n`)
        .join("");

    it("have exactly those of the list: what is missing, too much or different is named", () => {
      const wanted = list({ "a.jar": "1", "b.jar": "2", "zookeeper-3.8.6.jar": "3" });
      assert.deepEqual(jarDifferences(wanted, wanted), []);
      assert.deepEqual(jarDifferences(wanted, list({ "a.jar": "1", "b.jar": "f", "zookeeper-3.8.4.jar": "4" })), [
        "b.jar has the SHA-512 ffffffffffffffff…, not 2222222222222222…",
        "zookeeper-3.8.4.jar is not in the list",
        "zookeeper-3.8.6.jar is missing",
      ]);
    });

    it("are not made otherwise on a machine without Maven: it is asked for", async () => {
      process.env.PATH = folder;
      await assert.rejects(
        fetchJars(pinnedJars("kafka", "3.9.2")),
        /kafka 3\.9\.2 can't be had: .* the command mvn is not installed; install Maven and start again/,
      );
    });

    it("are refused when Maven brings others", async () => {
      const mvn = join(folder, "mvn");
      writeFileSync(
        mvn,
        "#!/bin/sh\nfor word; do case $word in -DoutputDirectory=*) echo other " +
          '>"${word#*=}/kafka_2.13-3.9.2.jar" ;; esac; done\n',
      );
      chmodSync(mvn, 0o755);
      process.env.PATH = `${folder}:${process.env.PATH}`;
      await assert.rejects(
        fetchJars(pinnedJars("kafka", "3.9.2")),
        /not those that it is known by: .*kafka_2\.13-3\.9\.2\.jar has the SHA-512 .*is missing/,
      );
    });

    it("have lists: another version is refused, with the setting and how to add it", () => {
      assert.throws(
        () => pinnedJars("kafka", "3.9.99"),
        /^SettingsError: [^]*kafkaVersion: no list says which jars kafka 3\.9\.99 has; known are 3\.9\.1, 3\.9\.2\. To add one: `npm run jars -- kafka 3\.9\.99`/,
      );
      // The client's fixes of ZOOKEEPER-4785 and -4846.
      assert.match(pinnedJars("kafka", "3.9.2").text, /^[0-9a-f]{128} {2}zookeeper-3\.8\.6\.jar$/m);
    });
  });
});

async function filesOf(file: string) {
  const files: { name: string; content: Buffer }[] = [];
  await tar.list({
    file,
    onReadEntry: (entry) => {
      const parts: Buffer[] = [];
      entry.on("data", (part: Buffer) => parts.push(part));
      entry.on("end", () => files.push({ name: entry.path, content: Buffer.concat(parts) }));
    },
  });
  return files;
}

function modesOf(file: string): string[] {
  const modes: string[] = [];
  tar.list({ file, sync: true, onReadEntry: ({ path, mode }) => void modes.push(`${mode?.toString(8)} ${path}`) });
  return modes.sort();
}
