import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { Refusal } from "../aws/core/errors";
import type { Connection } from "./connection";

export interface RemoteCommand {
  readonly connection: Connection;
  readonly command: string;
  /** Opens what the command reads; called for each dial. Default: nothing to read. */
  readonly input?: () => Readable;
  readonly signal: AbortSignal;
  /** Called with each line as it comes. */
  readonly onLine: (source: "stdout" | "stderr", line: string) => void;
  /** Progress of the dialling. */
  readonly log: (line: string) => void;
}

export interface RemoteResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** Between dials the real provider waits 0.1 s, then 1.5 times as long each time, up to 5 s. */
const firstDelayMs = 100;
const delayGrowth = 1.5;
const longestDelayMs = 5000;

/** Linux takes no longer argument. */
const longestCommandBytes = 120 * 1024;

/**
 * A host that falls silent during a command is given up after this time; the real provider's TCP keepalive takes as
 * long.
 */
const keepAlive = ["-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=9"];

/** Dials until the host lets us in, runs the command once, and throws when it fails. */
export async function runRemotely(remote: RemoteCommand): Promise<RemoteResult> {
  if (Buffer.byteLength(remote.command) > longestCommandBytes) {
    throw new Refusal(`a command longer than ${longestCommandBytes} bytes is not supported; pass it in stdin`);
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-command-"));
  try {
    return await dialAndRun(remote, folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function dialAndRun(remote: RemoteCommand, folder: string): Promise<RemoteResult> {
  const { host, port, dialErrorLimit } = remote.connection;
  const connected = path.join(folder, "connected");
  const args = [...sshOptions(remote.connection, folder, connected), "--", host, remote.command];
  let delay = firstDelayMs;
  for (let dials = 1; ; dials++) {
    const outcome = await runOnce(remote, args);
    if (remote.signal.aborted) throw new Refusal(`cancelled while connected to ${host}`);
    if (fs.existsSync(connected)) return resultOf(remote, outcome);
    const reason = outcome.stderr.trim().split("\n").at(-1) ?? "";
    if (dialErrorLimit >= 0 && dials > dialErrorLimit) {
      throw new Refusal(
        `no SSH connection to ${host}:${port} after ${dials} dials: ${reason || `ssh ended with ${outcome.status}`}`,
      );
    }
    remote.log(`Dial ${dials}/${dialErrorLimit < 0 ? "unlimited" : dialErrorLimit + 1} failed: ${reason}`);
    await sleep(delay, undefined, { signal: remote.signal }).catch(() => undefined);
    delay = Math.min(delay * delayGrowth, longestDelayMs);
  }
}

function resultOf(remote: RemoteCommand, outcome: Outcome): RemoteResult {
  if (outcome.status !== 0) {
    const status = typeof outcome.status === "number" ? `Process exited with status ${outcome.status}` : outcome.status;
    throw new Refusal(`${status}: running ${JSON.stringify(remote.command)}:\n${outcome.all}`);
  }
  return { stdout: outcome.stdout.replace(/\n$/, ""), stderr: outcome.stderr.replace(/\n$/, "") };
}

/** `connected` is made by ssh once it is let in: what fails before is a dial, what fails after is the command. */
function sshOptions(connection: Connection, folder: string, connected: string): string[] {
  const { host, port, user, privateKey, hostKey, agentSocketPath, perDialTimeout } = connection;
  const knownHosts = path.join(folder, "known_hosts");
  const settings = [
    "BatchMode=yes",
    "LogLevel=ERROR",
    "GlobalKnownHostsFile=/dev/null",
    "UpdateHostKeys=no",
    "PermitLocalCommand=yes",
    `LocalCommand=: >'${connected}'`,
    `IdentityAgent=${agentSocketPath ?? "none"}`,
    `UserKnownHostsFile=${knownHosts}`,
    `StrictHostKeyChecking=${hostKey === undefined ? "no" : "yes"}`,
  ];
  if (hostKey !== undefined) {
    const [type = "", key = ""] = hostKey.trim().split(/\s+/);
    fs.writeFileSync(knownHosts, `${port === 22 ? host : `[${host}]:${port}`} ${type} ${key}\n`);
    // Otherwise a host with several keys might show one of another type.
    settings.push(`HostKeyAlgorithms=${type === "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : type}`);
  }
  if (privateKey !== undefined) {
    const identity = path.join(folder, "identity");
    fs.writeFileSync(identity, privateKey.endsWith("\n") ? privateKey : `${privateKey}\n`, { mode: 0o600 });
    settings.push(`IdentityFile=${identity}`, "IdentitiesOnly=yes");
  }
  if (perDialTimeout > 0) settings.push(`ConnectTimeout=${perDialTimeout}`);
  return [
    "-F",
    "none",
    "-T",
    "-p",
    String(port),
    "-l",
    user,
    ...keepAlive,
    ...settings.flatMap((setting) => ["-o", setting]),
  ];
}

interface Outcome {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as they came. */
  readonly all: string;
}

async function runOnce(remote: RemoteCommand, args: readonly string[]): Promise<Outcome> {
  // The kernel ends ssh with this process, however that ends.
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "ssh", ...args], {
    signal: remote.signal,
    killSignal: "SIGKILL",
  });
  const texts = { stdout: "", stderr: "", all: "" };
  const read = async (source: "stdout" | "stderr"): Promise<void> => {
    for await (const line of createInterface({ input: child[source], crlfDelay: Infinity })) {
      texts[source] += `${line}\n`;
      texts.all += `${line}\n`;
      remote.onLine(source, line);
    }
  };
  const readers = Promise.all([read("stdout"), read("stderr")]);
  const ended = endOf(child);
  // A command that does not read all of its input is judged by its exit status.
  child.stdin.on("error", () => undefined);
  if (remote.input === undefined) child.stdin.end();
  else remote.input().pipe(child.stdin);
  const status = await ended;
  await readers;
  return { status, ...texts };
}

function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.name === "AbortError") resolve("cancelled");
      else if (error.code === "ENOENT") reject(new Refusal("ssh or setpriv is not installed"));
      else reject(error);
    });
    child.on("exit", (code, signal) => resolve(code ?? `ssh was ended by ${signal}`));
  });
}
