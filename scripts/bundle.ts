import { build } from "esbuild";
import { join } from "node:path";

/** Bundles a script of this folder with all that it imports into one file for Node 18. */
export async function bundle(script: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, script)],
    bundle: true,
    platform: "node",
    target: "node18",
    minify: true,
    keepNames: true,
    write: false,
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`bundling ${script} gave no file`);
  return file.contents;
}
