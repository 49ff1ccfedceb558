import { build } from "esbuild";
import { join } from "node:path";
import { sources } from "./repository";

/**
 * Bundles into one file for Node.js 22, which every host runs, a program of this project and all that it imports.
 * @param program its path in the project, without the ending: `ops/kafkaOps`
 */
export async function bundle(program: string, { minify = false } = {}): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [join(sources, program)],
    // The bundle's comments name its parts relative to this folder.
    absWorkingDir: sources,
    bundle: true,
    platform: "node",
    target: "node22",
    minify,
    keepNames: minify,
    write: false,
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`bundling ${program} gave no file`);
  return file.contents;
}
