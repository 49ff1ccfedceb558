import Module from "node:module";
import { resolve } from "node:path";
import { sampleKeyPair } from "../unit/settings/sampleKeys";
import * as pulumi from "@pulumi/pulumi";
import type { MockCallArgs, MockResourceArgs } from "@pulumi/pulumi/runtime/mocks";
import type * as Components from "../../components";
import { mockCall, mockState, partName } from "./mockAws";

/* eslint-disable @typescript-eslint/no-explicit-any -- tests read properties of many types of resources */

/** A resource as the program asked the engine for it. */
export interface Registered {
  readonly type: string;
  /** Its name in its component, without those of the components: `kafka-1`, `vpc`. */
  readonly name: string;
  readonly urn: string;
  readonly inputs: any;
  /** URNs, explicit and implied by values. */
  readonly dependencies: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Id of what exists and is to be taken into the state; empty: it is made. */
  readonly importId: string;
  readonly deleteBeforeReplace: boolean;
  /** URNs of resources whose replacement replaces this one too. */
  readonly replaceWith: readonly string[];
  /** Inputs whose change replaces it. */
  readonly replaceOnChanges: readonly string[];
  /** Inputs whose change is passed over once it is made. */
  readonly ignoreChanges: readonly string[];
  /** Names of the inputs that hold a secret, `connection.privateKey`. */
  readonly secretInputs: readonly string[];
}

export interface ProgramRun {
  readonly resources: readonly Registered[];
  /** What it has asked AWS and the engine. */
  readonly calls: readonly MockCallArgs[];
  readonly outputs: Record<string, any>;
  readonly secretOutputs: readonly string[];
  /** What it has told people, such as `warn: brokerCount: …`. */
  readonly said: readonly string[];
}

export interface FailedRun {
  readonly message: string;
  readonly resources: readonly Registered[];
  readonly calls: readonly MockCallArgs[];
}

export interface RunOptions {
  readonly preview?: boolean;
  /** Answers of AWS in place of `mockCall`'s, by function token. */
  readonly answers?: Readonly<Record<string, (inputs: any) => Record<string, unknown>>>;
}

/** Settings of an operator who brings a key pair of his own. */
export const ownKey = sampleKeyPair();

const project = "kafka-on-ec2";
const stack = "test";

/**
 * Runs index.ts on a sound configuration with these changes, against mocks of the engine, of AWS and of the archives.
 */
export async function runProgram(
  config: Readonly<Record<string, unknown>> = {},
  options: RunOptions = {},
): Promise<ProgramRun> {
  return runInMocks(() => program()(), config, options);
}

/** The same for another program than index.ts, which makes clusters itself. */
export async function runInMocks(
  program: () => Promise<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>> = {},
  options: RunOptions = {},
): Promise<ProgramRun> {
  const recorder = await Recorder.start(config, options);
  const outputs = await program();
  await pulumi.runtime.awaitStackRegistrations();
  await recorder.settled();
  const values: Record<string, unknown> = {};
  const secretOutputs: string[] = [];
  for (const [name, value] of Object.entries(outputs)) {
    values[name] = await valueOf(value);
    if (await pulumi.isSecret(pulumi.output(value))) secretOutputs.push(name);
  }
  const { resources, calls, said } = recorder;
  return { resources, calls, outputs: values, secretOutputs, said };
}

/** What a run that is expected to fail says, and what it had asked for until then. */
export async function failProgram(
  config: Readonly<Record<string, unknown>>,
  options: RunOptions = {},
): Promise<FailedRun> {
  return failInMocks(() => program()(), config, options);
}

/** The same for another program than index.ts. */
export async function failInMocks(
  program: () => Promise<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>> = {},
  options: RunOptions = {},
): Promise<FailedRun> {
  const recorder = await Recorder.start(config, options);
  const error = await withoutUnhandled(async () => {
    const outcome = await program()
      .then((outputs) => Promise.all(Object.values(outputs).map(valueOf)))
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    await recorder.settled();
    return outcome;
  });
  if (!(error instanceof Error)) throw new Error("the program was expected to fail, and did not");
  // Components are names in Pulumi's state, and nothing in AWS.
  const resources = recorder.resources.filter(({ type }) => !type.startsWith(`${project}:`));
  return { message: error.message, resources, calls: recorder.calls };
}

function valueOf(value: unknown): Promise<unknown> {
  return (pulumi.output(value) as unknown as { promise(): Promise<unknown> }).promise();
}

/** What depends on a check that fails fails too, and nobody waits for all of it: Pulumi's own host reports it once. */
async function withoutUnhandled<T>(run: () => Promise<T>): Promise<T> {
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", () => {});
  try {
    return await run();
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const other of others) process.on("unhandledRejection", other);
  }
}

/** index.ts itself. Only the archives, which would be downloaded and built, are replaced by small ones. */
function program(): () => Promise<Record<string, unknown>> {
  stubArchives();
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require(resolve(__dirname, "../../index.ts")) as () => Promise<Record<string, unknown>>;
}

/** The components of the package, with small archives too. */
export function components(): typeof Components {
  stubArchives();
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require(resolve(__dirname, "../../components/index.ts")) as typeof Components;
}

function stubArchives(): void {
  const path = require.resolve("../../artifacts/archives");
  const archive = (name: string) => ({ name, path: __filename, sha512: name.padEnd(128, "0") });
  const stub = new Module(path);
  stub.filename = path;
  stub.loaded = true;
  stub.exports = {
    ensureKafkaArchive: (version: string) => archive(`kafka-${version}`),
    ensureZooKeeperArchive: (version: string) => archive(`zookeeper-${version}`),
    nodeArchive: () => archive("node"),
    opsBundle: () => archive("kafka-ops"),
    opsFilesArchive: () => archive("ops-files"),
    pageArchive: () => archive("kafka-page"),
    monitoringArchive: () => archive("monitoring"),
    programArchive: (program: string, architecture: string) => archive(`${program}-1-${architecture}`),
    programFile: (program: string, architecture: string) => archive(`${program}-1-${architecture}`),
  };
  require.cache[path] ??= stub;
}

class Recorder {
  readonly resources: Registered[] = [];
  readonly calls: MockCallArgs[] = [];
  readonly said: string[] = [];
  private underWay = 0;

  private constructor(private readonly options: RunOptions) {}

  static async start(config: Readonly<Record<string, unknown>>, options: RunOptions): Promise<Recorder> {
    const recorder = new Recorder(options);
    await pulumi.runtime.setMocks(recorder, project, stack, options.preview ?? false, "organization");
    recorder.listen();
    for (const level of ["info", "warn"] as const)
      (pulumi.log as { [Level in typeof level]: unknown })[level] = (message: string) =>
        void recorder.said.push(`${level}: ${message}`);
    const sound = { sshCidrs: ["203.0.113.7/32"], dataProtection: false };
    pulumi.runtime.setAllConfig(engineConfig({ ...sound, ...config }), [`${project}:sshPrivateKey`]);
    // Pulumi notes a stack trace for every promise, which would be most of a run's time.
    Error.stackTraceLimit = 0;
    return recorder;
  }

  call(args: MockCallArgs): Record<string, unknown> {
    this.calls.push(args);
    const answer = this.options.answers?.[args.token];
    try {
      return answer ? answer(args.inputs) : mockCall(args);
    } catch (error) {
      // The program is told what the engine's protocol carries: these two layers around the provider's words.
      const message = error instanceof Error ? error.message : String(error);
      const details =
        `invocation of ${args.token} returned an error: invoking ${args.token}: 1 error occurred:\n\t* ` +
        `${message}\n\n`;
      throw Object.assign(new Error(details), { details });
    }
  }

  newResource(args: MockResourceArgs) {
    return mockState(args, this.options.preview ?? false);
  }

  /** Mocks are not told of resource options: they are read from the request itself. */
  private listen(): void {
    const monitor = pulumi.runtime.getMonitor() as unknown as MonitorMock;
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = async (request, callback) => {
      this.underWay += 1;
      await register(request, (error, response) => {
        if (response) this.resources.push(registered(request, response.getUrn()));
        callback(error, response);
      });
      this.underWay -= 1;
    };
  }

  /** Until nothing has been under way for some turns of the event loop. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < 10; quiet = this.underWay > 0 ? 0 : quiet + 1) {
      await new Promise((done) => setImmediate(done));
    }
    Error.stackTraceLimit = 10;
  }
}

/** Settings reach the program as text, lists as JSON. */
function engineConfig(config: Record<string, unknown>): Record<string, string> {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return {
    "aws:region": "us-east-1",
    ...Object.fromEntries(Object.entries(config).map(([key, value]) => [`${project}:${key}`, text(value)])),
  };
}

type Callback = (error: unknown, response: { getUrn(): string } | undefined) => void;

interface MonitorMock {
  registerResource(request: RegisterRequest, callback: Callback): Promise<void>;
}

/** The part of the engine's RegisterResourceRequest that tests look at. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getDependenciesList(): string[];
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getImportid(): string;
  getDeletebeforereplace(): boolean;
  getReplaceWithList(): string[];
  getReplaceonchangesList(): string[];
  getIgnorechangesList(): string[];
}

function registered(request: RegisterRequest, urn: string): Registered {
  const secretInputs: string[] = [];
  const inputs = plain(request.getObject().toJavaScript(), "", secretInputs);
  return {
    type: request.getType(),
    name: partName(request.getName()),
    urn,
    inputs,
    dependencies: request.getDependenciesList(),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    importId: request.getImportid(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    replaceWith: request.getReplaceWithList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    ignoreChanges: request.getIgnorechangesList(),
    secretInputs,
  };
}

/** Pulumi's marks for values that JSON does not have, and the mark of a secret. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

function plain(value: unknown, path: string, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => plain(item, `${path}[${index}]`, secrets));
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, unknown>;
  if (record[signatureKey] === secretSignature) {
    secrets.push(path);
    return plain(record.value, path, secrets);
  }
  return Object.fromEntries(
    Object.entries(record).map(([key, item]) => [key, plain(item, path ? `${path}.${key}` : key, secrets)]),
  );
}

/** The resources of a type, `aws:ec2/instance:Instance` or just its last part. */
export function ofType(run: ProgramRun, type: string): readonly Registered[] {
  return run.resources.filter((resource) => resource.type === type || resource.type.endsWith(`:${type}`));
}

/** The one resource of this type and name: `kafka-1`, `vpc`. */
export function one(run: ProgramRun, type: string, name: string): Registered {
  const found = ofType(run, type).filter((resource) => resource.name === name);
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources ${type} ${name}, expected 1`);
  return found[0];
}

/** Whether `later` is made only after `earlier` exists, directly or by way of others. */
export function comesAfter(run: ProgramRun, later: Registered, earlier: Registered): boolean {
  const byUrn = new Map(run.resources.map((resource) => [resource.urn, resource]));
  const seen = new Set<string>();
  const queue = [...later.dependencies];
  for (let urn = queue.pop(); urn; urn = queue.pop()) {
    if (urn === earlier.urn) return true;
    if (seen.has(urn)) continue;
    seen.add(urn);
    queue.push(...(byUrn.get(urn)?.dependencies ?? []));
  }
  return false;
}
