import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../../artifacts/repository";
import { requireFreeSpace } from "../../../lab/setup/freeSpace";
import type { Machine } from "../../../lab/setup/hostPackages";
import { missingPackages } from "../../../lab/setup/hostPackages";
import { isCompatible, publishedChecksum } from "../../../lab/setup/pulumi";
import { run } from "../../../lab/setup/run";

describe("set-up: the machine's packages", () => {
  const complete: Machine = {
    hasCommand: () => true,
    hasFile: () => true,
    realPath: (command) => `/usr/bin/${command === "python3" ? "python3.11" : command}`,
  };

  it("asks for nothing on a machine that has everything", () => {
    assert.deepEqual(missingPackages(complete), { missing: [], packages: [] });
  });

  it("names each missing package once", () => {
    const lacking = new Set(["systemd-nspawn", "nsenter", "unshare", "ip"]);
    const { missing, packages } = missingPackages({ ...complete, hasCommand: (name) => !lacking.has(name) });
    assert.deepEqual([...missing].sort(), ["ip", "nsenter", "systemd-nspawn", "unshare"]);
    assert.deepEqual(packages, ["iproute2", "systemd-container", "util-linux"]);
  });

  it("knows that Debian's Python comes without virtual environments, and that another one has them", () => {
    const without = { ...complete, hasFile: (file: string) => !file.includes("ensurepip") };
    assert.deepEqual(missingPackages(without).packages, ["python3-venv"]);
    assert.deepEqual(missingPackages({ ...without, realPath: () => "/opt/python/bin/python3.13" }).packages, []);
  });
});

describe("set-up: Pulumi", () => {
  it("takes an installed command line from 3.230 on, as the program does", () => {
    assert.ok(isCompatible("v3.230.0"));
    assert.ok(isCompatible("v3.245.0"));
    assert.ok(isCompatible("3.300.1"));
    for (const other of ["v3.229.0", "v3.99.0", "v2.300.0", "v4.0.0", "", "unknown"])
      assert.ok(!isCompatible(other), other);
    const component = readFileSync(join(repository, "components", "kafkaCluster.ts"), "utf8");
    assert.match(component, /pulumiVersions = ">=3\.230\.0 <4\.0\.0"/);
  });

  it("finds the checksum published for a file", () => {
    const list = "AAAA  pulumi-v3.245.0-linux-arm64.tar.gz\nBBBB *pulumi-v3.245.0-linux-x64.tar.gz\n";
    assert.equal(publishedChecksum(list, "pulumi-v3.245.0-linux-x64.tar.gz"), "bbbb");
    assert.throws(() => publishedChecksum(list, "pulumi-v3.245.0-darwin-x64.tar.gz"), /darwin-x64.*install Pulumi/);
  });
});

describe("set-up: commands and disk space", () => {
  const purpose = "building the image";

  it("shows why a command failed: its last lines, and what to do", async () => {
    const script = "seq 1 20; echo no route to host >&2; exit 7";
    await assert.rejects(
      run("sh", ["-c", script], { purpose, timeoutSeconds: 10, remedy: "check the network" }),
      /building the image failed: sh ended with 7; check the network[^]*20[^]*no route to host/,
    );
  });

  it("ends a command at its deadline", async () => {
    const begin = Date.now();
    await assert.rejects(
      run("sleep", ["60"], { purpose, timeoutSeconds: 0.3 }),
      /building the image failed: sleep did not end within 0.3 s/,
    );
    assert.ok(Date.now() - begin < 5000);
  });

  it("says that a command is not installed", async () => {
    await assert.rejects(
      run("no-such-command", [], { purpose, timeoutSeconds: 10 }),
      /`no-such-command` is not installed/,
    );
  });

  it("says how much disk space is needed, where, and what to do", () => {
    assert.throws(
      () => requireFreeSpace("/not/there/yet", 10_000_000, purpose, "set XDG_CACHE_HOME"),
      /building the image needs 10000000 GiB of free disk space in \/not\/there\/yet, there are [\d.]+: .*XDG_CACHE_HOME/,
    );
    requireFreeSpace("/", 0, purpose, "");
  });
});
