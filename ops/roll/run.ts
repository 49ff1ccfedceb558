import { setTimeout as pause } from "node:timers/promises";
import type { Evidence } from "../evidence";
import { describeMissing, examples } from "../gateVerdict";
import type { Outcome } from "../outcome";
import { nextAction, notPassedOver, type RollNode, type RollRules, type RollObservation } from "./nextAction";

/** The world in which a roll observes and acts. */
export interface RollWorld {
  /** Observes the pool; rejects when it can't tell. */
  observe(): Promise<RollObservation>;
  /** Ends the node's service in an orderly way: leaders move away first. Rejects with the node's words. */
  stopService(node: string): Promise<void>;
  /** Whether the node's service reads its logs back after an unclean end, and gets on. */
  recovers(node: string): Promise<boolean>;
  /** Keeps the logs of the node's instance, and says where, or why they are lost. */
  keepLogs(node: string, instanceId: string): Promise<string | undefined>;
  /** Ends the instance; its group starts another, from the newest launch template. */
  replaceInstance(instanceId: string): Promise<void>;
  /**
   * Lets a node that is back warm up, and leaders return to it.
   * @param more whether another node follows
   */
  settle(more: boolean): Promise<void>;
  /** The reason for which more waiting for these nodes is of no use, if so. */
  hopeless(nodes: readonly string[]): Promise<string | undefined>;
  evidence(nodes: readonly string[]): Promise<readonly Evidence[]>;
}

/** The options of a roll. */
export interface RollOptions extends RollRules {
  /**
   * Seconds that each step may take: until the pool is whole at first, and until it is whole again after each
   * replacement.
   */
  readonly stepSeconds: number;
  /** Seconds after which no further node is begun with. Default: no limit. */
  readonly waitSeconds?: number;
  readonly report: (line: string) => void;
  /** Takes everything about a failure, at once: Pulumi shows it in its error. */
  readonly complain: (text: string) => void;
  /** Takes how many nodes the roll has to replace, and how many of them are back, whenever that changes. */
  readonly progress?: (nodes: number, done: number) => void;
  /** The time in ms between two observations. Default 1000. */
  readonly intervalMs?: number;
  /** The longest silence in ms. Default 5000. */
  readonly progressMs?: number;
  /** The time in ms between two questions whether there is any hope. Default 20000. */
  readonly hopelessMs?: number;
}

/** Replaces the pool's out-of-date nodes one by one, and ends well only when the pool is whole. */
export async function roll(world: RollWorld, options: RollOptions): Promise<Outcome> {
  return new Roll(world, options).run();
}

class Roll {
  private readonly begun = Date.now();
  private stepBegun = Date.now();
  private said = "";
  private saidAt = 0;
  /** The node that has been replaced and is not back yet. */
  private awaited: string | undefined;
  private readonly done: string[] = [];
  private outdated: number | undefined;
  private askedAt = Date.now();

  constructor(
    private readonly world: RollWorld,
    private readonly options: RollOptions,
  ) {}

  async run(): Promise<Outcome> {
    const ticker = setInterval(() => this.say(this.said), 250);
    try {
      for (;;) {
        const outcome = await this.step();
        if (outcome !== undefined) return outcome;
        await pause(this.options.intervalMs ?? 1000);
      }
    } finally {
      clearInterval(ticker);
    }
  }

  /** Observes, and does what follows from it. Gives the outcome when the roll is over. */
  private async step(): Promise<Outcome | undefined> {
    const { world, options } = this;
    const seen = await world.observe().catch((error: Error) => error.message);
    if (typeof seen === "string") return this.wait(`can't tell: ${seen}`, []);
    if (this.outdated === undefined) {
      this.outdated = seen.nodes.filter(({ current }) => current === false).length;
      options.progress?.(this.outdated, 0);
    }
    if (this.awaited !== undefined) {
      const node = seen.nodes.find(({ name }) => name === this.awaited);
      const missing = notPassedOver(seen.missing, options);
      if (node?.current !== true || node.groupBusy !== undefined || missing.length > 0)
        return this.wait(`${this.awaited}: ${stateOf(node, seen)}`, [this.awaited]);
      await this.isBack(this.awaited);
    }
    const step = nextAction(seen, options);
    switch (step.kind) {
      case "done": {
        const what = this.done.length === 0 ? "nothing to replace" : `replaced ${this.done.join(", ")}`;
        options.report(`roll ${options.pool}: whole after ${this.seconds(this.begun)} s: ${what}`);
        return "done";
      }
      case "wait":
        return this.wait(step.why, step.nodes);
      case "stop":
        return this.fail(`${step.node} is not replaced: ${step.why}`, []);
      case "replace": {
        if (this.done.length > 0 && this.seconds(this.begun) >= (options.waitSeconds ?? Infinity)) return this.pause();
        const node = seen.nodes.find(({ name }) => name === step.node);
        if (node?.problem !== undefined && (await world.recovers(step.node))) {
          return this.wait(`${step.node} recovers its logs, and its new instance would begin with them again`, []);
        }
        for (const note of step.notes) options.report(`roll ${options.pool}: note: ${note}`);
        return this.replace(node as RollNode);
      }
    }
  }

  private async replace({ name, problem, instanceId }: RollNode): Promise<Outcome | undefined> {
    const { world, options } = this;
    this.stepBegun = Date.now();
    this.askedAt = Date.now();
    const which = `${name} (${this.done.length + 1} of ${this.outdated})`;
    try {
      if (problem === undefined) {
        this.say(`${which}: stopping its service`);
        await world.stopService(name);
      } else this.say(`${which}: is out (${problem}), so it goes first`);
      const seconds = this.seconds(this.stepBegun);
      const kept = await world.keepLogs(name, instanceId ?? "");
      if (kept !== undefined) options.report(`roll ${options.pool}: ${name}: ${kept}`);
      this.say(`${which}: stopped after ${seconds} s, replacing its instance ${instanceId}`);
      await world.replaceInstance(instanceId ?? "");
    } catch (error) {
      return this.fail(`${name} could not be replaced: ${(error as Error).message}`, [name]);
    }
    this.awaited = name;
    return undefined;
  }

  private async isBack(name: string): Promise<void> {
    this.done.push(name);
    this.awaited = undefined;
    this.options.progress?.(this.outdated ?? 0, this.done.length);
    const left = (this.outdated ?? 0) - this.done.length;
    const each = (Date.now() - this.begun) / this.done.length / 1000;
    const rest = left > 0 ? `; ${left} to go, about ${Math.round(left * each)} s` : "";
    this.options.report(
      `roll ${this.options.pool}: ${name} is back and the pool is whole (${this.seconds(this.stepBegun)} s)${rest}`,
    );
    this.stepBegun = Date.now();
    this.say(`${name} warms up, and its leaders return`);
    // Leaders that do not go back are no failure: Kafka moves them by itself within a minute.
    await this.world
      .settle(left > 0)
      .catch((error: Error) => this.options.report(`roll: leaders stay for now: ${error.message}`));
  }

  private async wait(why: string, nodes: readonly string[]): Promise<Outcome | undefined> {
    const { stepSeconds, hopelessMs = 20_000 } = this.options;
    this.say(`waiting: ${why}`);
    if (this.seconds(this.stepBegun) >= stepSeconds) return this.fail(`gave up after ${stepSeconds} s: ${why}`, nodes);
    if (nodes.length === 0 || Date.now() - this.askedAt < hopelessMs) return undefined;
    this.askedAt = Date.now();
    const reason = await this.world.hopeless(nodes).catch(() => undefined);
    return reason === undefined ? undefined : this.fail(`${reason} (${why})`, nodes);
  }

  /** Ends the roll between two nodes, when one update has taken long enough. */
  private pause(): Outcome {
    const { pool, complain } = this.options;
    complain(
      `roll ${pool}: ${this.done.length} of ${this.outdated} nodes are replaced (${this.done.join(", ")}) and the ` +
        `pool is whole after ${this.seconds(this.begun)} s. Run \`pulumi up\` again for the rest; \`npm run ` +
        "deploy` does so by itself.",
    );
    return "unfinished";
  }

  private async fail(why: string, nodes: readonly string[]): Promise<Outcome> {
    const { pool, complain, report } = this.options;
    if (nodes.length > 0) report(`roll ${pool}: asking ${examples(nodes)} what is wrong`);
    const evidence = nodes.length === 0 ? [] : await this.world.evidence(nodes).catch(() => []);
    const left = Math.max(0, (this.outdated ?? 0) - this.done.length);
    complain(
      [
        `roll ${pool}: ${why}`,
        `${this.done.length} nodes were replaced (${this.done.join(", ") || "none"}), ${left} are not yet as the ` +
          "settings say; nothing else was touched. Mend what is wrong and run `pulumi up` again: it goes on from " +
          "here.",
        ...evidence.map(({ node, text }) => `\n----- ${node} -----\n${text}`),
      ].join("\n"),
    );
    return "failed";
  }

  /** Says a line at once when it is new, and every few seconds all the same: the SSH session has no keepalive. */
  private say(what: string): void {
    if (what === "" || (what === this.said && Date.now() - this.saidAt < (this.options.progressMs ?? 5000))) return;
    this.said = what;
    this.saidAt = Date.now();
    this.options.report(`roll ${this.options.pool}: ${what} (${this.seconds(this.stepBegun)} s)`);
  }

  private seconds(since: number): number {
    return Math.round((Date.now() - since) / 1000);
  }
}

function stateOf(node: RollNode | undefined, { missing }: RollObservation): string {
  if (node?.groupBusy !== undefined) return `its group ${node.groupBusy}`;
  if (node?.current !== true) return "its new instance has not been seen yet";
  return describeMissing(missing, 3);
}
