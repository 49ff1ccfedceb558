import { execFile } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Program } from "./program";

/** PostgreSQL does not run as root: then it runs as `nobody`. */
const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const owner = "activity";
const initSeconds = 120;

/** The address of the database. */
export const databaseUrl = (port: number): string => `postgres://${owner}@127.0.0.1:${port}/postgres`;

/** Makes an empty database in a folder of its own and starts PostgreSQL on it, with its own defaults. */
export async function startPostgres(folder: string, port: number): Promise<Program> {
  mkdirSync(folder, { recursive: true });
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = { ...user, cwd: folder };
  await promisify(execFile)("initdb", ["-D", data, "-U", owner, "--auth=trust", "--encoding=UTF8", "--locale=C"], {
    ...options,
    timeout: initSeconds * 1000,
  });
  const settings = { listen_addresses: "127.0.0.1", port: String(port), unix_socket_directories: "" };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return new Program("postgres", ["postgres", "-D", data, ...args], options, false);
}
