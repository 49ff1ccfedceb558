import * as fs from "node:fs";
import * as path from "node:path";

import { cacheFolder } from "./cacheFolder";
import { keyOf } from "./cachedFolder";
import { pluginFolder, type Plugin } from "./officialPlugins";
import { quoted } from "../shellQuoting";

const repository = path.resolve(__dirname, "..", "..");
const launchers = path.join(repository, "lab", "plugins", "bin");
const prefix = "pulumi-resource-";

/** The provider plugins for which there is a stand-in, of the versions that the clone's packages ask for. */
export function wantedPlugins(): Plugin[] {
  return fs
    .readdirSync(launchers)
    .filter((file) => file.startsWith(prefix))
    .map((file) => file.slice(prefix.length))
    .map((name) => ({ name, version: packageVersion(name) }));
}

/**
 * A home folder for Pulumi (PULUMI_HOME) with the provider plugins: the official ones that are given, a stand-in for
 * each of the others. Plugins found on PATH would serve too, but Pulumi warns of each of them in every run.
 *
 * @param official plugin -> the folder that holds it
 */
export function pluginHome(official: ReadonlyMap<string, string>): string {
  const home = path.join(cacheFolder(), "pulumi-home", keyOf([repository]));
  const plugins = path.join(home, "plugins");
  fs.mkdirSync(plugins, { recursive: true });
  const wanted = wantedPlugins();
  for (const plugin of wanted) {
    const file = `${prefix}${plugin.name}`;
    const program = path.join(official.get(plugin.name) ?? launchers, file);
    const launcher = path.join(plugins, pluginFolder(plugin), file);
    const text = `#!/bin/sh\nexec ${quoted(program)} "$@"\n`;
    if (fs.existsSync(launcher) && fs.readFileSync(launcher, "utf8") === text) continue;
    fs.mkdirSync(path.dirname(launcher), { recursive: true });
    // Pulumi might be starting it at this moment.
    fs.writeFileSync(`${launcher}.new`, text, { mode: 0o755 });
    fs.renameSync(`${launcher}.new`, launcher);
  }
  // Pulumi takes the newest that fits: what an earlier version of the clone has left is in the way.
  for (const folder of fs.readdirSync(plugins)) {
    if (!wanted.some((plugin) => pluginFolder(plugin) === folder)) {
      fs.rmSync(path.join(plugins, folder), { recursive: true, force: true });
    }
  }
  return home;
}

function packageVersion(name: string): string {
  const file = path.join(repository, "node_modules", "@pulumi", name, "package.json");
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { version: string }).version;
}
