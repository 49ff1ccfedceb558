import * as fs from "node:fs";
import * as path from "node:path";

import { cacheFolder } from "./cacheFolder";
import { keyOf } from "./cachedFolder";

const repository = path.resolve(__dirname, "..", "..");
const launchers = path.join(repository, "lab", "plugins", "bin");
const prefix = "pulumi-resource-";

/**
 * A home folder for Pulumi (PULUMI_HOME) in which the stand-ins are installed as provider plugins, of the versions that the
 * clone's packages ask for. Plugins found on PATH would serve too, but Pulumi warns of each of them in every run.
 */
export function pluginHome(): string {
  const home = path.join(cacheFolder(), "pulumi-home", keyOf([repository]));
  const wanted = fs
    .readdirSync(launchers)
    .filter((file) => file.startsWith(prefix))
    .map((file) => ({
      file,
      folder: `resource-${file.slice(prefix.length)}-v${packageVersion(file.slice(prefix.length))}`,
    }));
  const plugins = path.join(home, "plugins");
  fs.mkdirSync(plugins, { recursive: true });
  for (const { file, folder } of wanted) {
    const launcher = path.join(plugins, folder, file);
    const text = `#!/bin/sh\nexec ${quoted(path.join(launchers, file))} "$@"\n`;
    if (fs.existsSync(launcher) && fs.readFileSync(launcher, "utf8") === text) continue;
    fs.mkdirSync(path.dirname(launcher), { recursive: true });
    // Pulumi might be starting it at this moment.
    fs.writeFileSync(`${launcher}.new`, text, { mode: 0o755 });
    fs.renameSync(`${launcher}.new`, launcher);
  }
  // Pulumi takes the newest that fits: what an earlier version of the clone has left is in the way.
  for (const folder of fs.readdirSync(plugins)) {
    if (!wanted.some((plugin) => plugin.folder === folder)) {
      fs.rmSync(path.join(plugins, folder), { recursive: true, force: true });
    }
  }
  return home;
}

function packageVersion(name: string): string {
  const file = path.join(repository, "node_modules", "@pulumi", name, "package.json");
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { version: string }).version;
}

/** A text as one word of a shell command. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
