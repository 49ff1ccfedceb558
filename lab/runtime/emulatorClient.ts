import { Agent, request } from "node:http";
import type { DesiredState } from "./desiredState";
import { parseDesiredState } from "./desiredState";
import { emulatorAddress, emulatorPort } from "./names";
import type { RoleCredentials } from "./metadataTree";

/** What the account is like that the emulator plays, as `capacity`: see lab/emulator/shim/account.py. */
export interface AccountCondition {
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
}

/** A message that a topic of SNS has published. */
export interface PublishedMessage {
  /** Grows with each message of any topic. */
  readonly number: number;
  /** When, ISO 8601. */
  readonly at: string;
  readonly topicArn: string;
  readonly subject: string | null;
  readonly message: string;
}

/** Speaks with the emulator's own (not AWS's) paths. */
export class EmulatorClient {
  private readonly agent = new Agent({ keepAlive: false });

  constructor(
    private readonly host = emulatorAddress,
    private readonly port = emulatorPort,
  ) {}

  async isReady(): Promise<boolean> {
    try {
      return (await this.call("GET", "/_emulator/health", undefined, 2_000)).status === 200;
    } catch {
      return false;
    }
  }

  /**
   * What should exist, or undefined when nothing has changed since that generation.
   * @param waitSeconds how long the emulator may hold the answer back until something changes
   */
  async desired(since?: number, waitSeconds = 0): Promise<DesiredState | undefined> {
    const query = since === undefined ? "" : `?since=${since}${waitSeconds > 0 ? `&wait=${waitSeconds}` : ""}`;
    const answer = await this.call("GET", `/_emulator/desired${query}`, undefined, (waitSeconds + 20) * 1000);
    if (answer.status === 304) return undefined;
    return parseDesiredState(this.checked(answer, "what should exist"));
  }

  /** The last messages of all topics, the oldest first, after the one with this number. */
  async messages(after = 0): Promise<readonly PublishedMessage[]> {
    const answer = await this.call("GET", `/_emulator/messages?after=${after}`);
    return (this.checked(answer, "what topics have published") as { readonly messages: PublishedMessage[] }).messages;
  }

  /**
   * @returns EC2's name of the instance's state after the report, or undefined when the emulator knows no such instance
   */
  async reportInstance(
    instanceId: string,
    state: "running" | "stopped" | "terminated",
    reason: string,
    initiator: "api" | "instance" = "api",
  ): Promise<string | undefined> {
    const answer = await this.call("POST", `/_emulator/instances/${instanceId}/state`, {
      state,
      reason,
      ...(initiator === "instance" ? { initiator } : {}),
    });
    if (answer.status === 404) return undefined;
    const body = this.checked(answer, `${instanceId} is ${state}`) as { readonly state?: string };
    return body.state ?? state;
  }

  async reportAttachment(volumeId: string, instanceId: string, state: "attached" | "detached"): Promise<void> {
    const answer = await this.call("POST", `/_emulator/volumes/${volumeId}/attachment`, { instanceId, state });
    if (answer.status !== 404) this.checked(answer, `${volumeId} is ${state}`);
  }

  /** Credentials of the instance's role; undefined when it has none. */
  async credentials(instanceId: string): Promise<RoleCredentials | undefined> {
    const answer = await this.call("GET", `/_emulator/instances/${instanceId}/credentials`);
    if (answer.status === 404) return undefined;
    return this.checked(answer, `credentials of ${instanceId}`) as RoleCredentials;
  }

  /** What the account is like, after these changes: all of them or none. @throws Error with the emulator's words */
  async account(changes: Readonly<Record<string, string>> = {}): Promise<readonly AccountCondition[]> {
    const answer = await this.call("POST", "/_emulator/account", changes);
    const body = JSON.parse(answer.body) as readonly AccountCondition[] | { readonly message: string };
    if ("message" in body) throw new Error(body.message);
    return body;
  }

  close(): void {
    this.agent.destroy();
  }

  private checked(answer: { readonly status: number; readonly body: string }, what: string): unknown {
    if (answer.status !== 200) {
      throw new Error(`the emulator answered ${answer.status} to "${what}": ${answer.body.trim().slice(0, 400)}`);
    }
    return JSON.parse(answer.body) as unknown;
  }

  private call(
    method: string,
    path: string,
    body?: unknown,
    timeoutMs = 20_000,
  ): Promise<{ readonly status: number; readonly body: string }> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((done, fail) => {
      const outgoing = request(
        {
          host: this.host,
          port: this.port,
          method,
          path,
          agent: this.agent,
          headers:
            text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("end", () => done({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
          incoming.on("error", fail);
        },
      );
      outgoing.setTimeout(timeoutMs, () =>
        outgoing.destroy(new Error(`the emulator did not answer ${method} ${path} within ${timeoutMs / 1000} s`)),
      );
      outgoing.on("error", fail);
      outgoing.end(text);
    });
  }
}
