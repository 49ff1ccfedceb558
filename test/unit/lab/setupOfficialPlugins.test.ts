import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { officialPlugins } from "../../../lab/setup/officialPlugins";
import { pluginHome, wantedPlugins } from "../../../lab/setup/pluginHome";

describe("set-up: provider plugins", () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "official-plugins-"));
  let folder: string;
  const before = { ...process.env };
  const here = (): Promise<boolean> => Promise.resolve(true);
  const away = (): Promise<boolean> => Promise.resolve(false);
  const quiet = (): void => undefined;

  /** A command line that installs an empty plugin, or fails. */
  function fakePulumi(lines: string): string {
    const file = path.join(folder, "pulumi");
    fs.writeFileSync(file, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    return file;
  }
  const installs = 'd=$PULUMI_HOME/plugins/resource-$4-v$5; mkdir -p "$d"; echo "#!/bin/sh" >"$d/pulumi-resource-$4"';

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(root, "case-"));
    process.env.XDG_CACHE_HOME = path.join(folder, "cache");
    process.env.PULUMI_HOME = path.join(folder, "home");
  });
  afterEach(() => {
    process.env = { ...before };
  });
  // At the end: the log of an installation that failed at once is still being opened.
  after(() => fs.rmSync(root, { recursive: true, force: true }));

  const random = wantedPlugins().filter(({ name }) => name === "random");

  it("are the official ones where they can be installed, once; the lab's home starts them", async () => {
    const found = await officialPlugins(random, fakePulumi(installs), quiet, here);
    const official = found.get("random") ?? "";
    assert.ok(fs.existsSync(path.join(official, "pulumi-resource-random")));
    assert.deepEqual(await officialPlugins(random, fakePulumi("exit 1"), quiet, away), found);

    const home = pluginHome(found);
    const started = wantedPlugins().map(({ name, version }) =>
      fs.readFileSync(path.join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`), "utf8"),
    );
    assert.equal(started.filter((text) => text.includes(official)).length, 1);
    assert.equal(started.filter((text) => text.includes("/lab/plugins/bin/")).length, wantedPlugins().length - 1);
  });

  it("are the user's own where his Pulumi has them", async () => {
    const own = path.join(folder, "home", "plugins", `resource-random-v${random[0]?.version}`);
    fs.mkdirSync(own, { recursive: true });
    fs.writeFileSync(path.join(own, "pulumi-resource-random"), "");
    assert.deepEqual([...(await officialPlugins(random, "none", quiet, away))], [["random", own]]);
  });

  it("are the stand-ins where there is no way to the official ones, or where they are asked for", async () => {
    assert.equal((await officialPlugins(random, fakePulumi("exit 1"), quiet, away)).size, 0);
    process.env.LAB_PLUGINS = "stand-ins";
    assert.equal((await officialPlugins(random, fakePulumi(installs), quiet, here)).size, 0);
  });

  it("are not the stand-ins themselves, in a shell that uses the lab", async () => {
    process.env.PULUMI_HOME = pluginHome(new Map());
    assert.equal((await officialPlugins(wantedPlugins(), "none", quiet, away)).size, 0);
  });

  it("an installation that fails says why, and how to do without", async () => {
    const failing = fakePulumi("echo no space left on device >&2; exit 1");
    await assert.rejects(
      officialPlugins(random, failing, quiet, here),
      /installing the provider plugin random .* failed[^]*LAB_PLUGINS=stand-ins[^]*no space left on device/,
    );
  });
});
