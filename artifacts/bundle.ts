import { build, type BuildOptions } from "esbuild";
import { join } from "node:path";
import { sources } from "./repository";

/** The licence of what is in the program of the page: esbuild leaves its comment out. */
const pageBanner = "/* uPlot: Copyright (c) Leon Sorokin, MIT License, https://github.com/leeoniya/uPlot */";

/** Bundles what runs in the browser that shows the page of a cluster, with the charts' library and its style. */
export async function pageProgram(): Promise<Uint8Array> {
  return bundled({
    entryPoints: [join(sources, "ops/page/browser/main")],
    platform: "browser",
    target: "es2022",
    format: "iife",
    loader: { ".css": "text" },
    minify: true,
    banner: { js: pageBanner },
  });
}

/**
 * Bundles into one file for Node.js 22, which every host runs, a program of this project and all that it imports.
 * @param program its path in the project, without the ending: `ops/kafkaOps`
 */
export async function bundle(program: string, { minify = false } = {}): Promise<Uint8Array> {
  return bundled({
    entryPoints: [join(sources, program)],
    platform: "node",
    target: "node22",
    minify,
    keepNames: minify,
  });
}

async function bundled(options: BuildOptions & { readonly entryPoints: readonly [string] }): Promise<Uint8Array> {
  const { outputFiles } = await build({
    ...options,
    entryPoints: [...options.entryPoints],
    // The bundle's comments name its parts relative to this folder.
    absWorkingDir: sources,
    bundle: true,
    write: false,
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`bundling ${options.entryPoints[0]} gave no file`);
  return file.contents;
}
