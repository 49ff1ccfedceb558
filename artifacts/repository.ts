import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Whether this is the compiled package that another project has installed, and not the repository. */
const isCompiled =
  existsSync(join(__dirname, "..", "..", "package.json")) && !existsSync(join(__dirname, "..", "package.json"));

/** The folder of the compiled or of the original sources, which has the same parts. */
export const sources = join(__dirname, "..");

/** The folder of this project, where package.json is, wherever the program that uses it runs. */
export const repository = isCompiled ? dirname(sources) : sources;
