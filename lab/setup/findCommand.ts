import { accessSync, constants, statSync } from "node:fs";
import * as path from "node:path";

/** Folders of system commands that a user's PATH may lack. */
const systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The file of a command on PATH or in the system's folders, or undefined. */
export function findCommand(name: string, searchPath = process.env.PATH ?? ""): string | undefined {
  for (const folder of [...searchPath.split(path.delimiter), ...systemFolders]) {
    const file = path.join(folder, name);
    if (folder !== "" && isExecutable(file)) return file;
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
