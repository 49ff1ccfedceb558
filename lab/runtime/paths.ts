import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The clone that this file belongs to. */
export const cloneFolder = resolve(__dirname, "..", "..");

/** The lab's state: `${XDG_STATE_HOME:-~/.local/state}/kafka-on-ec2/lab`. */
export function stateFolder(): string {
  const base = process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return join(base, "kafka-on-ec2", "lab");
}

/** Files and folders below a state folder. */
export interface StatePaths {
  readonly folder: string;
  /** What the daemon was started with (JSON, `DaemonSettings`). */
  readonly daemonSettings: string;
  readonly daemonLog: string;
  readonly emulatorLog: string;
  readonly emulatorState: string;
  /** What the lab's AWS proves its names with; instances trust the certificate. */
  readonly certificate: { readonly key: string; readonly cert: string };
  /** One folder an instance: overlay and what clean-up must know. */
  readonly instances: string;
  /** Console logs outlive their instance, as GetConsoleOutput does. */
  readonly consoles: string;
  readonly volumes: string;
  /** Pulumi's local state (it describes resources of this lab, so it ends with it). */
  readonly pulumi: string;
  /** Paths that set-up gave, for `labEnvironment()`. */
  readonly environment: string;
}

export function statePaths(folder: string = stateFolder()): StatePaths {
  return {
    folder,
    daemonSettings: join(folder, "daemon.json"),
    daemonLog: join(folder, "daemon.log"),
    emulatorLog: join(folder, "emulator.log"),
    emulatorState: join(folder, "emulator"),
    certificate: { key: join(folder, "certificate", "key.pem"), cert: join(folder, "certificate", "cert.pem") },
    instances: join(folder, "instances"),
    consoles: join(folder, "consoles"),
    volumes: join(folder, "volumes"),
    pulumi: join(folder, "pulumi"),
    environment: join(folder, "environment.json"),
  };
}
