import { statSync } from "node:fs";

/**
 * Watches files for whoever has to start anew with them. Gives a function that names one that has changed since, if one
 * has.
 */
export function fileChanges(files: readonly string[]): () => string | undefined {
  const versions = files.map(versionOf);
  return () => files.find((file, index) => versionOf(file) !== versions[index]);
}

/** A text that changes with the file's content; empty while there is no file. */
function versionOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}
