import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AdminCalls } from "./admin";
import { makeCertificate } from "./certificate";
import { joinGroup } from "./cgroups";
import { DnsServer } from "./dns";
import { EmulatorClient } from "./emulatorClient";
import { endpointServers, listen } from "./endpointServers";
import { emptyRegion } from "./firewall";
import { log, messageOf } from "./log";
import { clearFolders } from "./machines";
import { MetadataService } from "./metadataService";
import {
  apiAddress,
  apiEndpoint,
  apiPort,
  emulatorAddress,
  emulatorPort,
  machineMarker,
  metadataAddress,
  s3Address,
  s3PlainAddress,
  tlsPort,
} from "./names";
import { statePaths } from "./paths";
import type { StatePaths } from "./paths";
import { identify } from "./processes";
import { Proxy } from "./proxy";
import { Region } from "./region";
import { waitFor } from "./waiting";

/** What the command line hands to the daemon, as a file. */
export interface DaemonSettings {
  readonly clone: string;
  readonly stateFolder: string;
  readonly rootfs: string;
  /** Python with the emulator's packages. */
  readonly python: string;
  /** Seconds that an Auto Scaling group takes to notice a dead instance. Default 3; EC2 takes minutes. */
  readonly replaceDelaySeconds: number;
  /** What the account is like, besides the defaults: `NAME=VALUE NAME=VALUE`. */
  readonly account: string;
}

/** Who runs a lab on this machine. */
export interface MachineMarker {
  readonly pid: number;
  readonly startTime: string;
  readonly clone: string;
  readonly stateFolder: string;
  /** Set when everything serves. */
  readonly ready: boolean;
}

/** Runs the lab until it is killed. It has no orderly end: `lab stop` kills it and sweeps, as after a crash. */
export async function runDaemon(settingsFile: string): Promise<void> {
  const settings = JSON.parse(readFileSync(settingsFile, "utf8")) as DaemonSettings;
  const paths = statePaths(settings.stateFolder);
  const startedAt = new Date().toISOString();
  process.on("uncaughtException", (error) => log(`unexpected: ${error.stack ?? error.message}`));
  process.on("unhandledRejection", (reason) => log(`unexpected: ${messageOf(reason)}`));
  joinGroup("daemon");
  writeMarker(settings, false);
  clearFolders(paths);

  const emulatorEnded = startEmulator(settings, paths);
  const dns = await DnsServer.start();
  const certificate = await makeCertificate(paths.certificate, emptyRegion.region);
  const emulator = new EmulatorClient();
  await waitFor(
    async () => {
      const ended = emulatorEnded();
      if (ended !== undefined) {
        throw new Error(`the AWS emulator ended as it started (${ended}): ${lastLines(paths.emulatorLog)}`);
      }
      return emulator.isReady();
    },
    { timeoutMs: 60_000, intervalMs: 50, what: `the AWS emulator serves (log: ${paths.emulatorLog})` },
  );
  const endpoints = endpointServers(() => proxy.tlsServer(certificate));
  const region = new Region(emulator, dns, paths, settings.rootfs, endpoints);
  const fault = (): string | undefined => {
    const emulatorEnd = emulatorEnded();
    return emulatorEnd === undefined ? undefined : `its AWS emulator ended (${emulatorEnd}, log: ${paths.emulatorLog})`;
  };
  const identity = { clone: settings.clone, startedAt, endpoint: apiEndpoint };
  const admin = new AdminCalls(region, paths, identity, emulator, fault);
  const proxy: Proxy = new Proxy(region, admin, { emulatorHost: emulatorAddress, emulatorPort });
  await region.start();
  await listen(new MetadataService(region).server(), metadataAddress, 80);
  await listen(proxy.server(), apiAddress, apiPort);
  await listen(proxy.server(), s3PlainAddress, tlsPort);
  for (const address of [apiAddress, s3Address]) await listen(proxy.tlsServer(certificate), address, tlsPort);
  writeMarker(settings, true);
  log(`ready: ${apiEndpoint}`);
}

function writeMarker(settings: DaemonSettings, ready: boolean): void {
  const identity = identify(process.pid);
  const marker: MachineMarker = {
    pid: process.pid,
    startTime: identity?.startTime ?? "",
    clone: settings.clone,
    stateFolder: settings.stateFolder,
    ready,
  };
  writeFileSync(machineMarker, JSON.stringify(marker) + "\n");
}

/** @returns a function that says how the emulator ended, or undefined while it runs */
function startEmulator(settings: DaemonSettings, paths: StatePaths): () => string | undefined {
  const output = openSync(paths.emulatorLog, "a", 0o600);
  const child = spawn(
    "setpriv",
    [
      "--pdeathsig",
      "SIGKILL",
      settings.python,
      join(settings.clone, "lab", "emulator", "server.py"),
      "--host",
      emulatorAddress,
      "--port",
      String(emulatorPort),
      "--replace-delay",
      String(settings.replaceDelaySeconds),
      "--account",
      settings.account,
    ],
    { stdio: ["ignore", output, output], cwd: settings.stateFolder },
  );
  closeSync(output);
  let ended: string | undefined;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => {
    ended = `exit ${code ?? signal}`;
    // Its memory was the region: there is nothing to go on with, but nothing running is taken away.
    log(`emulator: ended (${ended}), see ${paths.emulatorLog}; run \`lab stop\` and \`lab start\``);
  });
  return () => ended;
}

function lastLines(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-5).join(" | ");
}

if (require.main === module) {
  runDaemon(process.argv[2] ?? "").catch((error: unknown) => {
    log(`cannot start: ${messageOf(error)}`);
    process.exit(1);
  });
}
