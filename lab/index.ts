import { existsSync, readFileSync, readdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { InstanceStatus, LabStatus } from "./runtime/admin";
import { enterCommand } from "./runtime/container";
import type { AccountCondition, PublishedMessage } from "./runtime/emulatorClient";
import type { FaultAction } from "./runtime/faultActions";
import { apiAddress, apiEndpoint, apiPort, s3Endpoint } from "./runtime/names";
import { cloneFolder, statePaths } from "./runtime/paths";
import { run } from "./runtime/processes";
import type { LabTools } from "./runtime/start";
import type { Traffic } from "./runtime/traffic";
import { LabError, answers, runningLab } from "./runtime/start";

/**
 * What tests and commands may do with the lab: a local EC2. It is started and stopped by its command line,
 * `lab/cli.ts`.
 */

export type { InstanceStatus, LabStatus } from "./runtime/admin";
export type { FaultAction } from "./runtime/faultActions";
export { apiEndpoint } from "./runtime/names";

/** The passphrase of the local stack's secrets: its salt is in Pulumi.local.yaml, and nothing in the lab is secret. */
const pulumiPassphrase = "local";

/** The region whose names the lab speaks. */
export const labRegion = "us-east-1";

/** The lab's own access key, which no policy holds. A user's is called as the user. */
const ownKey = "test";

/**
 * What a process needs in its environment to use the lab as AWS: the endpoint, credentials, Pulumi with its plug-ins
 * and its local state. To be merged over `process.env`. @throws LabError when no lab has been started
 * @param user whose credentials. Default: the lab's own
 */
export function labEnvironment(user = ownKey): Record<string, string> {
  const paths = statePaths();
  if (!existsSync(paths.environment)) {
    throw new LabError("the lab is not running: start it with `npx tsx lab/cli.ts start`");
  }
  const tools = JSON.parse(readFileSync(paths.environment, "utf8")) as LabTools;
  return {
    ...tools.environment,
    PATH: [...tools.binFolders, process.env["PATH"] ?? ""].join(":"),
    // Without the attributes of which a killed update can leave an empty file, which no command can read.
    PULUMI_BACKEND_URL: `file://${paths.pulumi}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: pulumiPassphrase,
    // The linter checks types; here the check would cost ten seconds at each change of the program.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    AWS_ENDPOINT_URL: apiEndpoint,
    AWS_ENDPOINT_URL_S3: s3Endpoint,
    AWS_ACCESS_KEY_ID: user,
    AWS_SECRET_ACCESS_KEY: user,
    AWS_REGION: labRegion,
    AWS_DEFAULT_REGION: labRegion,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** Whether this clone's lab is up and answers. */
export async function labIsRunning(): Promise<boolean> {
  const marker = runningLab();
  return marker !== undefined && marker.clone === cloneFolder && marker.ready && (await answers());
}

/**
 * Makes users that are held to policies: one for each folder in `folder`, with its name, its name as access key, and
 * the policies that are the folder's files. A user that is there gets these in place of what it had.
 * @returns their names
 */
export async function setUsers(folder: string): Promise<readonly string[]> {
  const names = readdirSync(folder).sort();
  for (const name of names) {
    const policies = readdirSync(join(folder, name)).map(
      (file) => JSON.parse(readFileSync(join(folder, name, file), "utf8")) as unknown,
    );
    await adminCall("PUT", `/_emulator/users/${encodeURIComponent(name)}`, { policies });
  }
  return names;
}

/** All instances that are not terminated, by name. */
export async function labStatus(): Promise<LabStatus> {
  return JSON.parse(await adminCall("GET", "/_lab/status")) as LabStatus;
}

/** The instance with this id or `Name` tag. @throws LabError that names those that there are */
export async function findInstance(reference: string): Promise<InstanceStatus> {
  const { instances } = await labStatus();
  const named = instances.filter((instance) => instance.id === reference || instance.name === reference);
  const found = named.find((instance) => instance.state === "running") ?? named[0];
  if (found !== undefined) return found;
  const names = instances.map((instance) => `${instance.id} (${instance.name || "no name"})`).join(", ");
  throw new LabError(`no instance ${reference} in the lab; there are: ${names || "none"}`);
}

/** What the instance wrote to its console, also after its end (by id). */
export function consoleOf(reference: string): Promise<string> {
  return adminCall("GET", `/_lab/instances/${encodeURIComponent(reference)}/console`);
}

/** Runs a command inside an instance, as root. @returns its standard output @throws CommandError when it fails */
export async function execInInstance(
  reference: string,
  command: readonly string[],
  options: { readonly input?: string; readonly timeoutMs?: number } = {},
): Promise<string> {
  const [program = "", ...rest] = await enterInstance(reference, command);
  return run(program, rest, options);
}

/** The command line that runs a command inside an instance, as root. */
export async function enterInstance(reference: string, command: readonly string[]): Promise<readonly string[]> {
  const instance = await findInstance(reference);
  if (instance.pid === null)
    throw new LabError(`${instance.id} (${instance.name}) is not running but ${instance.state}`);
  return enterCommand(instance.pid, command);
}

/** Does all of these at once: nothing when one of them cannot be done. @throws LabError that says why */
export async function injectFaults(actions: readonly FaultAction[]): Promise<void> {
  await adminCall("POST", "/_lab/faults", { actions });
}

/** The machine dies at this moment, as when its host fails. Its group finds out and replaces it. */
export const killInstance = (reference: string): Promise<void> => onInstance(reference, "kill");

/** The machine stops where it is: it holds its address, its connections and its disk, and says nothing. */
export const freezeInstance = (reference: string): Promise<void> => onInstance(reference, "freeze");

/** A frozen machine goes on. */
export const thawInstance = (reference: string): Promise<void> => onInstance(reference, "thaw");

/**
 * Drops every packet between the instance and these addresses or ranges (default: everything), both ways or one way.
 */
export const cutNetwork = (
  reference: string,
  peers?: readonly string[],
  direction?: "both" | "from" | "to",
): Promise<void> => onInstance(reference, "cut", { peers, direction });

/** Loses so many of a hundred packets from and to the instance, by chance; 0 ends it. */
export const losePackets = (reference: string, percent: number): Promise<void> =>
  onInstance(reference, "loss", { percent });

/**
 * The machine dies and says nothing: packets to its address vanish. With `hold` (the default) its successor at the
 * address is cut off too, until it is healed.
 */
export const silenceInstance = (reference: string, hold?: boolean): Promise<void> =>
  onInstance(reference, "silence", { hold });

/** Services that were started with the lab's clock see the machine's, plus so many seconds. */
export const setClock = (reference: string, offsetSeconds: number): Promise<void> =>
  onInstance(reference, "clock", { offsetSeconds });

/** Ends all cuts and the loss of the instance's address. */
export const healNetwork = (reference: string): Promise<void> => onInstance(reference, "heal");

/**
 * What the account is like that the lab plays (`npm run lab -- account` lists it), after these changes: all of them or
 * none. @throws LabError that says what can't be
 */
export async function labAccount(changes: Readonly<Record<string, string>> = {}): Promise<readonly AccountCondition[]> {
  return JSON.parse(await adminCall("POST", "/_lab/account", changes)) as AccountCondition[];
}

/** What topics of SNS have published, the oldest first, after the message with this number. */
export async function labMessages(after = 0): Promise<readonly PublishedMessage[]> {
  return JSON.parse(await adminCall("GET", `/_lab/messages?after=${after}`)) as PublishedMessage[];
}

/** What each private address has sent to each other one since the lab began. */
export async function labTraffic(): Promise<readonly Traffic[]> {
  return JSON.parse(await adminCall("GET", "/_lab/traffic")) as Traffic[];
}

/** The files to look into when the lab itself misbehaves. */
export function labLogs(): readonly string[] {
  const paths = statePaths();
  return [paths.daemonLog, paths.emulatorLog, join(paths.consoles, "<instance id>.log")];
}

async function onInstance(reference: string, action: string, body?: object): Promise<void> {
  await adminCall("POST", `/_lab/instances/${encodeURIComponent(reference)}/${action}`, body);
}

function adminCall(method: string, path: string, body?: object): Promise<string> {
  const text = body === undefined ? "" : JSON.stringify(body);
  return new Promise((done, fail) => {
    const call = request({ host: apiAddress, port: apiPort, method, path, timeout: 30_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () => {
        const said = Buffer.concat(chunks).toString("utf8");
        if (response.statusCode === 200) done(said);
        else fail(new LabError(`the lab refused ${method} ${path}: ${messageIn(said)}`));
      });
    });
    call.on("timeout", () => call.destroy(new Error("no answer within 30 s")));
    call.on("error", (error) =>
      fail(
        new LabError(`the lab does not answer (${error.message}): is it running? \`npx tsx lab/cli.ts status\` tells`),
      ),
    );
    call.end(text);
  });
}

function messageIn(answer: string): string {
  try {
    return (JSON.parse(answer) as { readonly message?: string }).message ?? answer;
  } catch {
    return answer.trim();
  }
}
