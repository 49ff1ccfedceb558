/** Changes that replace nodes one by one. */
import type { Update } from "./deployer";
import type { StackSettings } from "./stackSettings";
import { rollOf, stoppedNode } from "./lines";
import { hold } from "../faults/hold";
import { Interrupted } from "../interruptible";
import type { ChangeOutcome } from "../report";
import { rollOutcome, together, update, type MakeChange } from "./scene";

/**
 * A setting that is read at a broker's start only, and of no consequence: how many requests may wait, by default 500.
 */
const harmless = { key: "queued.max.requests", value: 501 } as const;

/** The change of the harmless setting; the other way round where the stack has it so already. */
function harmlessChange(settings: StackSettings): { readonly what: string; readonly entries: readonly string[] } {
  const { key, value } = harmless;
  const present = settings.get("brokerConfig") as readonly string[];
  const others = settings.brokerConfigWithout(key);
  const set = `${key}=${value}`;
  return present.includes(set)
    ? { what: `brokerConfig without ${set}`, entries: others }
    : { what: `brokerConfig with ${set}`, entries: [...others, set] };
}

const names = (nodes: readonly { readonly name: string }[]): readonly string[] => nodes.map(({ name }) => name);

/** Rolls the brokers by a change of a harmless setting. */
export const rollBrokers: MakeChange = (scene) => {
  const { what, entries } = harmlessChange(scene.deployer.settings);
  const brokers = names(scene.state.brokers);
  const carryOut = async () => rollOutcome("kafka", await update(scene, { brokerConfig: entries }), brokers);
  return Promise.resolve({ what, nodes: brokers, carryOut });
};

const moreHeapMiB = 16;
/** MiB of heap instead of "automatic", which is half of the machine's memory. */
const someHeapMiB = 256;

/** Rolls the ZooKeeper nodes by a change of their heap. */
export const rollZooKeeper: MakeChange = (scene) => {
  const { settings } = scene.deployer;
  const now = settings.number("zookeeperHeapMiB");
  const heapMiB = now === 0 ? someHeapMiB : now + moreHeapMiB;
  const nodes = names(scene.state.zookeeper);
  const carryOut = async () => rollOutcome("zookeeper", await update(scene, { zookeeperHeapMiB: heapMiB }), nodes);
  return Promise.resolve({ what: `zookeeperHeapMiB ${now} to ${heapMiB}`, nodes, carryOut });
};

/** Changes Kafka's version and changes it back. */
export const kafkaVersion: MakeChange = (scene) => {
  const now = String(scene.deployer.settings.get("kafkaVersion"));
  const other = now === "3.9.1" ? "3.9.2" : "3.9.1";
  const brokers = names(scene.state.brokers);
  const roll = async (version: string, phase: string) =>
    rollOutcome("kafka", await update(scene, { kafkaVersion: version }), brokers, phase);
  const carryOut = async () => {
    const there = await roll(other, `to ${other}: `);
    scene.report(`kafkaVersion ${now} again`);
    return together(there, await roll(now, `back to ${now}: `));
  };
  return Promise.resolve({ what: `kafkaVersion ${now} to ${other}, and back`, nodes: brokers, carryOut });
};

/** Kills an update in the middle of a roll; the next one goes on. */
export const rollKilled: MakeChange = (scene) => {
  const { deployer, report, signal } = scene;
  const { what, entries } = harmlessChange(deployer.settings);
  const brokers = names(scene.state.brokers);
  const carryOut = async () => {
    let taken = "";
    const inTheMiddle = (line: string) => {
      const stopped = stoppedNode(line);
      if (stopped?.number !== 2) return false;
      taken = stopped.node;
      return true;
    };
    const killed = await deployer.killedUpdate({ brokerConfig: entries }, inTheMiddle, signal);
    if (signal.aborted) throw new Interrupted();
    report(`the deploy and all its processes are killed while ${taken} is away; now again`);
    const before = names(rollOf("kafka", killed.lines).nodes);
    const again = await update(scene, {});
    const after = names(rollOf("kafka", again.lines).nodes);
    const left = brokers.filter((name) => name !== taken && !before.includes(name));
    const twice = before.filter((name) => after.includes(name));
    return together(
      {
        facts: {
          "killed after, seconds": killed.seconds,
          "replaced before": before.join(", "),
          "away when killed": taken,
        },
        unmet: twice.length === 0 ? [] : [`replaced again though it was done: ${twice.join(", ")}`],
      },
      rollOutcome("kafka", again, left, "again: "),
    );
  };
  return Promise.resolve({ what: `${what}, the deploy killed in the middle`, nodes: brokers, carryOut });
};

const refused = {
  key: "max.connections.per.ip.overrides",
  // What the check of settings knows nothing of.
  entry: "max.connections.per.ip.overrides=nowhere",
} as const;
/** Kafka's words in the error of the refused setting. */
const refusal = /Error parsing configuration property 'max\.connections\.per\.ip\.overrides'[^\n]*/;

/** Gives a setting that Kafka refuses, and takes it back. */
export const badSetting: MakeChange = (scene) => {
  const { settings } = scene.deployer;
  const before = settings.get("brokerConfig");
  const bad = [...settings.brokerConfigWithout(refused.key), refused.entry];
  const carryOut = async () => {
    const failed = await update(scene, { brokerConfig: bad });
    scene.report(`${refused.entry} is taken back`);
    const repair = await update(scene, { brokerConfig: before });
    return together(refusalOutcome(failed), rollOutcome("kafka", repair, [], "taken back: "));
  };
  return Promise.resolve({ what: `brokerConfig with ${refused.entry}, then without`, nodes: [], carryOut });
};

/** The outcome of an update with a setting that Kafka refuses: what its error has to say. */
export function refusalOutcome({ succeeded, seconds, error = "" }: Update): ChangeOutcome {
  const node = /\broll kafka: .*?\b(kafka-\d+)\b/.exec(error)?.[1];
  const words = refusal.exec(error)?.[0];
  return {
    facts: {
      "failed after, seconds": seconds,
      "node named by the error": node ?? "none",
      "Kafka's words in it": words ?? "none",
    },
    unmet: [
      ...(succeeded ? [`the update with ${refused.entry} went well`] : []),
      ...(!succeeded && node === undefined ? ["the error names no node"] : []),
      ...(!succeeded && words === undefined ? ["the error does not show Kafka's words"] : []),
    ],
  };
}

/** Seconds after which the dead broker would come back by itself, in case the drill is no more. */
const deadSeconds = 900;
/** Seconds for a controlled stop, which may take 180 s. */
const stopSeconds = 200;

/** Rolls the brokers while one of them is dead. */
export const rollOneDead: MakeChange = async (scene) => {
  const { machines, state, deployer } = scene;
  const brokers = names(state.brokers);
  // One that a roll of a whole pool would come to late.
  const dead = brokers.filter((name) => name !== state.controller).at(-1) ?? "";
  const { what, entries } = harmlessChange(deployer.settings);
  const { at } = await hold(machines, [dead], "kafka-stop", deadSeconds, stopSeconds);
  const carryOut = async () => {
    const made = await update(scene, { brokerConfig: entries });
    const order = names(rollOf("kafka", made.lines).nodes);
    // The roll waits for one that the guardian is replacing, with the new settings: then it has nothing more to do
    // there.
    const byGuardian = made.succeeded && !order.includes(dead);
    const early =
      byGuardian || order[0] === dead || order.length === 0 ? [] : [`${order[0]} was replaced before ${dead}`];
    const left = byGuardian ? brokers.filter((name) => name !== dead) : brokers;
    return together(rollOutcome("kafka", made, left), {
      facts: { "dead before the roll": dead, "replaced by": byGuardian ? "the guardian" : "the roll" },
      unmet: early,
    });
  };
  return { what: `${what}, with ${dead} dead`, nodes: brokers, at, carryOut };
};
