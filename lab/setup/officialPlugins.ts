import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { cacheFolder } from "./cacheFolder";
import { cachedFolder } from "./cachedFolder";
import { downloadText, Unreachable } from "./download";
import type { Progress } from "./run";
import { run } from "./run";

/** A provider plugin of one version. */
export interface Plugin {
  /** `aws`, as in `pulumi-resource-aws`. */
  readonly name: string;
  /** Without `v`. */
  readonly version: string;
}

/** Pulumi's name for the folder of a plugin. */
export const pluginFolder = ({ name, version }: Plugin): string => `resource-${name}-v${version}`;

/** The AWS plugin has about 250 MB, and 800 MB unpacked. */
const installSeconds = 900;

/** Set to `stand-ins`, the lab takes its own plugins even where the official ones can be had. */
const choiceVariable = "LAB_PLUGINS";

/**
 * The folders of those official plugins that this machine has, or that `pulumi plugin install` can fetch; the lab has a
 * stand-in for each of the others.
 *
 * @param pulumi the command line
 * @param isReachable whether plugins can be downloaded; asked only when one is missing
 * @throws SetupError when a plugin that is within reach can't be installed
 */
export async function officialPlugins(
  plugins: readonly Plugin[],
  pulumi: string,
  progress: Progress,
  isReachable = canDownload,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  if (process.env[choiceVariable] === "stand-ins") return found;
  let reachable: boolean | undefined;
  for (const plugin of plugins) {
    const here = installedPlugin(plugin);
    if (here !== undefined) found.set(plugin.name, here);
    else if ((reachable ??= await isReachable())) found.set(plugin.name, await install(plugin, pulumi, progress));
  }
  return found;
}

const shelf = "plugins-official";
const keyOfPlugin = (plugin: Plugin): string => `${pluginFolder(plugin)}-${process.arch}`;

/** In the cache, or in the user's own Pulumi home. */
function installedPlugin(plugin: Plugin): string | undefined {
  const home = path.resolve(process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi"));
  // A shell that uses the lab has the lab's own home, whose plugins may be the stand-ins.
  const own = home.startsWith(cacheFolder()) ? [] : [path.join(home, "plugins", pluginFolder(plugin))];
  const folders = [cachedPlugin(plugin), ...own];
  return folders.find((folder) => fs.existsSync(path.join(folder, `pulumi-resource-${plugin.name}`)));
}

function cachedPlugin(plugin: Plugin): string {
  return path.join(cacheFolder(), shelf, keyOfPlugin(plugin), "plugins", pluginFolder(plugin));
}

/** Whether Pulumi's server for downloads answers; where names resolve to nothing that is known at once. */
async function canDownload(): Promise<boolean> {
  try {
    await downloadText("https://get.pulumi.com");
    return true;
  } catch (error) {
    if (error instanceof Unreachable) return false;
    throw error;
  }
}

async function install(plugin: Plugin, pulumi: string, progress: Progress): Promise<string> {
  await cachedFolder({
    name: shelf,
    key: keyOfPlugin(plugin),
    timeoutSeconds: installSeconds + 60,
    progress,
    build: async (draft) => {
      progress(`plugins: installing the official ${plugin.name} ${plugin.version}`);
      await run(pulumi, ["plugin", "install", "resource", plugin.name, plugin.version], {
        purpose: `installing the provider plugin ${plugin.name} ${plugin.version}`,
        env: { PULUMI_HOME: draft, PULUMI_SKIP_UPDATE_CHECK: "true" },
        timeoutSeconds: installSeconds,
        log: `plugin-${plugin.name}.log`,
        remedy: `try again, or set ${choiceVariable}=stand-ins to do without it`,
      });
    },
  });
  return cachedPlugin(plugin);
}
