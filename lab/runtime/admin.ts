import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { freeze, memoryOf } from "./cgroups";
import { primaryInterface } from "./desiredState";
import { log, messageOf } from "./log";
import type { StatePaths } from "./paths";
import { answer } from "./proxy";
import type { Region } from "./region";

/** One instance in `lab status`. */
export interface InstanceStatus {
  readonly id: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** `booting`, `running`, `stopping`, `stopped`, `terminating`. */
  readonly state: string;
  readonly privateIp: string;
  readonly publicIp: string | null;
  /** The id, in the machine's root pid namespace, of the instance's own process 1. */
  readonly pid: number | null;
  readonly startedAt: string | null;
  /** Page cache included; null where the machine does not count it. */
  readonly memoryBytes: number | null;
}

export interface LabStatus {
  readonly clone: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly stateFolder: string;
  readonly endpoint: string;
  readonly instances: readonly InstanceStatus[];
}

export interface LabIdentity {
  readonly clone: string;
  readonly startedAt: string;
  readonly endpoint: string;
}

/** The lab's own calls, below /_lab: for its command line and for tests, from the operator's side only. */
export class AdminCalls {
  constructor(
    private readonly region: Region,
    private readonly paths: StatePaths,
    private readonly identity: LabIdentity,
    /** What of the lab has ended by itself, if anything. */
    private readonly fault: () => string | undefined = () => undefined,
  ) {}

  async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(incoming.url ?? "/", "http://lab").pathname);
    const call = `${incoming.method} ${path}`;
    if (call === "GET /_lab/status") {
      const fault = this.fault();
      return fault === undefined
        ? answer(response, 200, this.status())
        : answer(response, 503, { message: `the lab is broken: ${fault}; run \`lab stop\` and \`lab start\`` });
    }
    const onInstance = /^(GET|POST) \/_lab\/instances\/([^/]+)\/(console|kill|freeze|thaw|cut|heal)$/.exec(call);
    if (!onInstance) return answer(response, 404, { message: `no such call: ${call}` });
    const [, , reference = "", action = ""] = onInstance;
    if (action === "console") {
      const output = this.consoleOf(reference, 1024 * 1024);
      if (output === undefined) return answer(response, 404, { message: `no console of ${reference}` });
      return answer(response, 200, output.toString("utf8"));
    }
    const found = this.region.find(reference);
    if (found === undefined)
      return answer(response, 404, { message: `no instance ${reference} is running in the lab` });
    try {
      log(`operator: ${action} ${found.machine.id}`);
      const address = found.instance && primaryInterface(found.instance)?.privateIp;
      if (action === "kill") found.machine.die();
      else if (action === "freeze" || action === "thaw") freeze(found.machine.id, action === "freeze");
      else if (address === undefined) throw new Error(`${found.machine.id} has no address`);
      else if (action === "heal") await this.region.heal(address);
      else await this.region.cut(address, await readPeers(incoming));
      return answer(response, 200, { instanceId: found.machine.id });
    } catch (error) {
      return answer(response, 409, { message: messageOf(error) });
    }
  }

  status(): LabStatus {
    const instances = this.region.state.instances.map((instance): InstanceStatus => {
      const machine = this.region.machine(instance.id);
      const on = machine?.power === "on";
      const primary = primaryInterface(instance);
      const states = {
        running: on ? "running" : "booting",
        stopped: on ? "stopping" : "stopped",
        gone: "terminating",
      } as const;
      return {
        id: instance.id,
        name: instance.tags["Name"] ?? "",
        tags: instance.tags,
        state: states[instance.wanted],
        privateIp: primary?.privateIp ?? "",
        publicIp: primary?.publicIp ?? null,
        pid: machine?.container?.leader.pid ?? null,
        startedAt: on ? (machine.startedAt?.toISOString() ?? null) : null,
        memoryBytes: on ? (memoryOf(instance.id) ?? null) : null,
      };
    });
    return {
      ...this.identity,
      pid: process.pid,
      stateFolder: this.paths.folder,
      instances: instances.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0)),
    };
  }

  /** The end of an instance's console log, also when the instance is gone. */
  consoleOf(reference: string, bytes: number): Buffer | undefined {
    const id = this.region.find(reference)?.machine.id ?? reference;
    // The reference becomes a file name: nothing but an instance id may.
    if (!/^i-[0-9a-f]+$/.test(id)) return undefined;
    const file = join(this.paths.consoles, `${id}.log`);
    return existsSync(file) ? endOfFile(file, bytes) : undefined;
  }
}

function endOfFile(file: string, bytes: number): Buffer {
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const read = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return buffer.subarray(0, read);
  } finally {
    closeSync(descriptor);
  }
}

/** `{"peers": ["10.0.0.5", …]}`; without peers: everything. */
async function readPeers(incoming: IncomingMessage): Promise<readonly string[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  const peers = text === "" ? undefined : (JSON.parse(text) as { readonly peers?: unknown }).peers;
  if (peers === undefined) return ["0.0.0.0/0"];
  if (!Array.isArray(peers) || !peers.every((peer) => typeof peer === "string" && /^[0-9./]+$/.test(peer))) {
    throw new Error('peers must be a list of IPv4 addresses or ranges, as in {"peers": ["10.20.0.12"]}');
  }
  return peers as readonly string[];
}
