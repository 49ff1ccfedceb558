/** The steps of a trial, from the first deploy to the last observation. The caller takes down what it makes. */
import { readFileSync, writeFileSync } from "node:fs";
import { nextLaunch } from "./activities";
import { AwsObservations } from "./awsObservations";
import { observeHostKeys, observeMachines } from "./machineObservations";
import type { Step } from "./report";
import { withSettings, volumeGiBIn, type Overrides } from "./stackText";
import { cancelUpdate } from "./trialStack";
import type { Observation } from "./verdicts";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { readOutputs } from "../../planning/cluster/outputs";
import { deploy } from "../deploy";
import { killedRun } from "../drills/changes/killedRun";
import { createdNode, rollOf } from "../drills/changes/lines";
import { instant } from "../drills/faults/scene";
import { Interrupted, pause, unlessInterrupted } from "../drills/interruptible";
import type { Machines } from "../drills/machines";
import { openMachines } from "../drills/openMachines";
import { untilHealthy } from "../drills/untilHealthy";
import { opsAccess } from "../../stack/opsAccess";
import { repository } from "../../artifacts/repository";
import { smokeTest } from "../smoke";
import { stackFile } from "../../stack/stackFile";
import type { Environment } from "../../stack/environment";
import { rawStackOutputs } from "../../stack/stackOutputs";
import { explain, UserError } from "../../cli/userError";

/** The scene of a trial. */
export interface TrialScene {
  readonly stack: string;
  readonly environment: Environment;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The findings of a trial; filled while it runs, so that nothing is lost when it ends early. */
export class Findings {
  readonly steps: Step[] = [];
  readonly observations: Observation[] = [];

  see(...observations: readonly Observation[]): void {
    this.observations.push(...observations);
  }
}

const smokeEvents = 20_000;
/** Seconds to recover after a failed step: what does not come back within them is not broken any further. */
const recoverSeconds = 300;
/** A setting of the brokers that is of no consequence, and read at a start only. */
const harmlessSetting = "queued.max.requests=501";
const grownGiB = 2;
/** Seconds for growing, more than is expected: how long it takes is to be seen. */
const growSeconds = 600;
const successorSeconds = 1800;

/**
 * Carries out the steps. Rejects with Interrupted when the signal came. A step that fails is a finding; what follows is
 * done if the cluster is well.
 */
export async function carryOut(scene: TrialScene, findings: Findings): Promise<void> {
  const steps = new Steps(scene, findings);
  let machines: Machines | undefined;
  let aws: AwsObservations | undefined;
  try {
    if (!(await steps.step("first deploy", () => steps.update({}).then(() => "all nodes are in service")))) return;
    const raw = await rawStackOutputs(scene.stack, scene.environment);
    const outputs = readOutputs(raw);
    machines = await openMachines(scene.stack, raw, scene.environment);
    aws = new AwsObservations(outputs);
    const cluster = new Cluster(scene, findings, steps, machines, aws, outputs, raw);
    for (const [name, act] of cluster.steps()) {
      if (await steps.step(name, act)) continue;
      try {
        await unlessInterrupted(untilHealthy(machines, recoverSeconds, scene.report), scene.signal);
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        scene.report(`the trial ends here, as the cluster does not get well: ${explain(error)}`);
        return;
      }
    }
  } finally {
    machines?.close();
    aws?.close();
  }
}

/** Does things one after another, and writes down how they went. */
class Steps {
  constructor(
    private readonly scene: TrialScene,
    private readonly findings: Findings,
  ) {}

  /**
   * Does a step.
   * @returns whether it went well
   */
  async step(name: string, act: () => Promise<string>): Promise<boolean> {
    const { signal, report } = this.scene;
    if (signal.aborted) throw new Interrupted();
    report(`\n== ${name}`);
    const started = Date.now();
    const end = (rest: Pick<Step, "result" | "error">) =>
      this.findings.steps.push({ name, seconds: Math.round((Date.now() - started) / 1000), ...rest });
    try {
      const result = await act();
      end({ result });
      report(result);
      return true;
    } catch (error) {
      if (signal.aborted) throw new Interrupted();
      end({ error: explain(error) });
      report(`FAILED: ${explain(error)}`);
      return false;
    }
  }

  /**
   * Updates the stack with the settings on top of those that it has. Rejects when it fails.
   * @returns what it said
   */
  async update(settings: Overrides, remove: readonly string[] = []): Promise<readonly string[]> {
    const { stack, environment, report, signal } = this.scene;
    this.write(settings);
    const lines: string[] = [];
    const result = await deploy({
      stack,
      action: "update",
      yes: true,
      remove,
      smoke: "never",
      environment,
      report: (line) => {
        lines.push(line);
        report(`  ${line}`);
      },
    });
    if (signal.aborted) throw new Interrupted();
    if (!result.succeeded) throw new UserError(result.error ?? "the update failed");
    return lines;
  }

  /** Updates like `update`, but the command and all its processes are killed after the first line that fits. */
  async killedUpdate(settings: Overrides, fits: (line: string) => boolean): Promise<void> {
    const { stack, environment, report, signal } = this.scene;
    this.write(settings);
    await killedRun({
      command: [process.execPath, "--import", "tsx", "scripts/deploy.ts", "--stack", stack, "--yes", "--no-smoke"],
      folder: repository,
      environment,
      fits,
      report: (line) => report(`  ${line}`),
      signal,
    });
  }

  private write(settings: Overrides): void {
    const file = stackFile(this.scene.stack);
    writeFileSync(file, withSettings(readFileSync(file, "utf8"), settings));
  }
}

/** The steps that need a cluster. */
class Cluster {
  constructor(
    private readonly scene: TrialScene,
    private readonly findings: Findings,
    private readonly on: Steps,
    private readonly machines: Machines,
    private readonly aws: AwsObservations,
    private readonly outputs: StackOutputs,
    private readonly raw: Readonly<Record<string, unknown>>,
  ) {}

  steps(): readonly (readonly [string, () => Promise<string>])[] {
    const count = this.outputs.brokers.length;
    const more = `kafka-${count + 1}`;
    return [
      ["smoke test", () => this.smoke()],
      ["a look at AWS and at the machines", () => this.observe()],
      ["larger volumes and one broker more, the update killed, and again", () => this.grow(count + 1, more)],
      ["one broker less, and a roll of the others", () => this.shrinkAndRoll(count, more)],
      ["a broker killed", () => this.kill()],
      ["a broker's machine and the ops host terminated", () => this.terminate()],
      ["a last look", () => this.lastObservation()],
    ];
  }

  private async smoke(): Promise<string> {
    const { report, signal } = this.scene;
    const result = await smokeTest(this.outputs, {
      events: smokeEvents,
      report: (line) => report(`  ${line}`),
      signal,
    });
    // Whatever is wrong with the events: the host had its job by a presigned address, and put its result by another.
    if (result.report !== undefined) this.findings.see({ id: "presigned-addresses", seen: "got and put" });
    if (!result.passed) throw new UserError(result.faults.join("; "));
    return `${smokeEvents.toLocaleString("en-US")} events written and read back`;
  }

  private async observe(): Promise<string> {
    const { machines, aws, findings, raw } = this;
    const host = await opsAccess(raw, this.scene.stack);
    const seen = [
      ...(await aws.cluster()),
      ...(await observeMachines(machines, await aws.launchTimes())),
      await observeHostKeys(host.target.split("@").at(-1) ?? "", host.hostKey),
    ];
    findings.see(...seen);
    return `${seen.length} observations`;
  }

  /**
   * Grows the volumes. The update is killed while the new broker's things are being made: names are fixed, so the next
   * one meets them.
   */
  private async grow(count: number, more: string): Promise<string> {
    const { machines, scene, findings } = this;
    const [node = ""] = machines.cluster.brokers.map(({ name }) => name);
    const size = async () => Number(await machines.runOnNode(node, "filesystem"));
    const before = await size();
    const volumeGiB = volumeGiBIn(readFileSync(stackFile(scene.stack), "utf8")) + grownGiB;
    const settings = { brokerCount: count, brokerVolumeGiB: volumeGiB };
    await this.on.killedUpdate(settings, (line) => createdNode(line) === more);
    if (scene.signal.aborted) throw new Interrupted();
    scene.report("killed with all its processes; now again");
    await cancelUpdate(scene.stack, scene.environment);
    await this.on.update(settings);
    const updated = Date.now();
    // A filesystem keeps a little for itself.
    const wanted = before + 0.9 * grownGiB * 1024 ** 3;
    while ((await size()) < wanted) {
      if (secondsSince(updated) > growSeconds)
        throw new UserError(
          `the filesystem of ${node} has not grown within ${growSeconds} s: ${await size()} bytes, ${before} before`,
        );
      await pause(2000, scene.signal);
    }
    const seconds = secondsSince(updated);
    findings.see({ id: "volume-grows-online", where: node, seen: `${seconds} s` });
    return `${more} is there, and the filesystem of ${node} had grown ${seconds} s after the update`;
  }

  private async shrinkAndRoll(count: number, less: string): Promise<string> {
    const { aws, findings, machines } = this;
    const before = await aws.instanceVersions();
    const lines = await this.on.update({ brokerCount: count, brokerConfig: [harmlessSetting] }, [less]);
    const after = await aws.instanceVersions();
    const { nodes } = rollOf("kafka", lines);
    const groups = machines.cluster.brokers.map(({ groupName }) => groupName);
    const same = groups.filter((name) => before.get(name) === after.get(name));
    findings.see({
      id: "new-version-taken",
      seen: same.length === 0 ? "the new one" : `as before: ${same.join(", ")}`,
    });
    const left = machines.cluster.brokers.filter(({ name }) => !nodes.some((node) => node.name === name));
    findings.see({
      id: "own-groups-only",
      seen: left.length === 0 ? "replaced" : `not replaced: ${left.map(({ name }) => name).join(", ")}`,
    });
    for (const { name, seconds } of nodes) findings.see({ id: "roll-time", where: name, seen: `${seconds} s` });
    if (left.length > 0) throw new UserError(`not replaced: ${left.map(({ name }) => name).join(", ")}`);
    return `${less} is gone; replaced: ${nodes.map(({ name, seconds }) => `${name} ${seconds} s`).join(", ")}`;
  }

  private async kill(): Promise<string> {
    const { machines, scene, findings } = this;
    const node = machines.cluster.brokers.at(-1)?.name ?? "";
    const at = instant(await machines.runOnNode(node, "kill", ["kafka.service"]));
    // The first observation could find it as it was.
    await pause(1000, scene.signal);
    await unlessInterrupted(untilHealthy(machines, recoverSeconds, scene.report), scene.signal);
    const seconds = secondsSince(at);
    findings.see({ id: "broker-restart", where: node, seen: `${seconds} s` });
    return `${node} was back after ${seconds} s`;
  }

  private async terminate(): Promise<string> {
    const { machines, scene, findings, aws } = this;
    const { name: node = "", groupName = "" } = machines.cluster.brokers[1] ?? {};
    const before = await aws.holders(node);
    const at = Date.now();
    await Promise.all([machines.terminate(node), machines.terminate("ops")]);
    const seen = new Map<"interface-reattached" | "volume-reattached", number>();
    for (let said = at; seen.size < 2;) {
      const now = await aws.holders(node);
      const moved = (holder: string | undefined, old: string | undefined) => holder !== undefined && holder !== old;
      if (moved(now.networkInterface, before.networkInterface) && !seen.has("interface-reattached"))
        seen.set("interface-reattached", secondsSince(at));
      if (moved(now.volume, before.volume) && !seen.has("volume-reattached"))
        seen.set("volume-reattached", secondsSince(at));
      if (secondsSince(at) > successorSeconds)
        throw new UserError(
          `no successor of ${node} within ${successorSeconds} s: ${JSON.stringify(now)}, ` +
            `${JSON.stringify(before)} before`,
        );
      if (Date.now() - said > 5000) {
        said = Date.now();
        scene.report(`  waiting for the successor of ${node}: ${JSON.stringify(now)}`);
      }
      await pause(1000, scene.signal);
    }
    for (const [id, seconds] of seen) findings.see({ id, where: node, seen: `${seconds} s` });
    await unlessInterrupted(
      untilHealthy(machines, successorSeconds, (line) => scene.report(`  ${line}`)),
      scene.signal,
    );
    const seconds = secondsSince(at);
    findings.see({ id: "repair-time", seen: `${seconds} s` });
    const launched = nextLaunch(await aws.activities(groupName), at);
    if (launched !== undefined) {
      const after = Math.max(0, Math.round((launched - at) / 1000));
      findings.see({ id: "launch-after-termination", where: node, seen: `${after} s` });
    }
    // It has answered under the same address, by the connection that knows one host key.
    findings.see({ id: "public-address-stays", seen: "the same" });
    return `whole again after ${seconds} s, ${node} with its volume`;
  }

  private async lastObservation(): Promise<string> {
    const { aws, findings, machines } = this;
    const seen = await aws.history();
    const [node = ""] = machines.cluster.brokers.map(({ name }) => name);
    // Last of all: afterwards the volume is not as the settings say.
    seen.push({ id: "volume-change-rate", where: node, seen: await aws.changeAgain(node) });
    findings.see(...seen);
    return `${seen.length} observations`;
  }
}

const secondsSince = (at: number) => Math.round((Date.now() - at) / 1000);
