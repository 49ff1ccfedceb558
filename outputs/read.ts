import { readFileSync } from "node:fs";
import { readClientOutputs, type ClientOutputs } from "../planning/cluster/outputs";

/**
 * Reads the text of `pulumi stack output --json`. Throws an error that names each output that is missing.
 * @param source where the text is from, for the error
 */
export function clientOutputsFromText(text: string, source = "the text"): ClientOutputs {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${source} is not JSON: ${(error as Error).message}; write it with pulumi stack output --json`);
  }
  return readClientOutputs(json);
}

/** The same from a file. */
export function clientOutputsFromFile(path: string): ClientOutputs {
  return clientOutputsFromText(readFileSync(path, "utf8"), path);
}
