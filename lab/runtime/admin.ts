import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { memoryOf } from "./cgroups";
import { primaryInterface } from "./desiredState";
import type { EmulatorClient } from "./emulatorClient";
import { parseActions } from "./faultActions";
import { FaultError } from "./faultError";
import { inject } from "./faults";
import { messageOf } from "./log";
import type { StatePaths } from "./paths";
import { answer } from "./answer";
import type { Region } from "./region";
import { countedTraffic } from "./traffic";

/** One instance in `lab status`. */
export interface InstanceStatus {
  readonly id: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** `booting`, `running`, `stopping`, `stopped`, `terminating`. */
  readonly state: string;
  readonly zone: string;
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
    private readonly emulator: Pick<EmulatorClient, "account" | "messages">,
    /** What of the lab has ended by itself, if anything. */
    private readonly fault: () => string | undefined = () => undefined,
  ) {}

  async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://lab");
    const path = decodeURIComponent(pathname);
    const call = `${incoming.method} ${path}`;
    if (call === "GET /_lab/status") {
      const fault = this.fault();
      return fault === undefined
        ? answer(response, 200, this.status())
        : answer(response, 503, { message: `the lab is broken: ${fault}; run \`lab stop\` and \`lab start\`` });
    }
    try {
      if (call === "POST /_lab/faults") {
        await inject(this.region, parseActions(await readJson(incoming)));
        return answer(response, 200, {});
      }
      if (call === "GET /_lab/traffic") return answer(response, 200, await countedTraffic());
      if (call === "GET /_lab/messages")
        return answer(response, 200, await this.emulator.messages(Number(searchParams.get("after"))));
      if (call === "POST /_lab/account") {
        const changes = (await readJson(incoming)) as Record<string, string>;
        return answer(response, 200, await this.emulator.account(changes));
      }
      const onInstance = /^(GET|POST) \/_lab\/instances\/([^/]+)\/([a-z]+)$/.exec(call);
      if (!onInstance) throw new FaultError(404, `no such call: ${call}`);
      const [, method, instance = "", action = ""] = onInstance;
      if (action === "console") {
        const output = this.consoleOf(instance, 1024 * 1024);
        if (output === undefined) throw new FaultError(404, `no console of ${instance}`);
        return answer(response, 200, output.toString("utf8"));
      }
      if (method !== "POST") throw new FaultError(404, `no such call: ${call}`);
      const body = await readJson(incoming);
      const [instanceId] = await inject(this.region, parseActions({ actions: [{ ...body, action, instance }] }));
      return answer(response, 200, { instanceId });
    } catch (error) {
      return answer(response, error instanceof FaultError ? error.status : 409, { message: messageOf(error) });
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
        zone: instance.zone,
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
    const id = this.region.find(reference)?.machine?.id ?? reference;
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

/** The body of a request, which is a JSON object or empty. */
async function readJson(incoming: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  if (text.trim() === "") return {};
  try {
    const body = JSON.parse(text) as unknown;
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  } catch {
    // Said below.
  }
  throw new FaultError(
    400,
    'the request is not a JSON object, as in {"actions": [{"action": "kill", "instance": "…"}]}',
  );
}
