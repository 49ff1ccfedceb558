/** The changes of settings that `npm run drill` can make by an update of the stack, with their budgets. Pure. */
import type { DrillPlan } from "./drillPlan";

/** The names of the changes, in the order of the table in docs/operations.md. */
export const changeNames = [
  "roll-brokers",
  "roll-zookeeper",
  "kafka-version",
  "grow-volumes",
  "scale",
  "copies",
  "topics",
  "roll-killed",
  "bad-setting",
  "roll-one-dead",
] as const;

/** The name of a change. */
export type ChangeName = (typeof changeNames)[number];

/** The plan of a change. */
export interface ChangeInfo extends DrillPlan {
  readonly name: ChangeName;
  /** The number of nodes of each pool, of those that were there before, that may be out at once. */
  readonly mayBeOut: PoolCounts;
}

/** Numbers of nodes in each pool. */
export interface PoolCounts {
  readonly brokers: number;
  readonly zookeeper: number;
}

/**
 * A broker that goes is told by a controlled shutdown, so that its leaders leave first. Measured 1.3 to 1.8 s on an
 * idle machine, 2.1 to 2.6 s among the other tests; a roll's longest gap is at the first broker, as the controller and
 * the others run code that they have never run.
 */
const rolling = 2_000;
/**
 * The budget in ms for "writes go on": what a shared machine's own hiccups take is not counted as an interruption;
 * without any change the clients stand still for 0.11 to 0.16 s.
 */
const nothing = 500;

/**
 * Seconds to recover: after the change nothing is amiss, or it would have failed, so that only an observation or two is
 * left.
 */
const recoverSeconds = 120;
const locally = { onAws: false, recoverSeconds } as const;
const oneBroker: PoolCounts = { brokers: 1, zookeeper: 0 };
const none: PoolCounts = { brokers: 0, zookeeper: 0 };

/**
 * The plans of all changes. `lastsSeconds`: how long the change may take. Under load in the lab a roll of five brokers
 * takes 4 to 6 minutes, what comes before it 1.
 */
export const changeCatalog: readonly ChangeInfo[] = [
  {
    name: "roll-brokers",
    title: "a Kafka setting: all brokers rolled",
    budgetMs: rolling,
    lastsSeconds: 900,
    mayBeOut: oneBroker,
    ...locally,
  },
  {
    name: "roll-zookeeper",
    title: "ZooKeeper's heap: all its nodes rolled",
    budgetMs: nothing,
    lastsSeconds: 900,
    mayBeOut: { brokers: 0, zookeeper: 1 },
    ...locally,
  },
  {
    name: "kafka-version",
    title: "another Kafka patch version, and back",
    budgetMs: rolling,
    lastsSeconds: 1500,
    mayBeOut: oneBroker,
    ...locally,
  },
  {
    name: "grow-volumes",
    title: "every data volume half as large again",
    budgetMs: nothing,
    lastsSeconds: 600,
    mayBeOut: none,
    ...locally,
  },
  {
    name: "scale",
    title: "one broker more, and back, with 5 GB of data",
    budgetMs: rolling,
    lastsSeconds: 1800,
    mayBeOut: none,
    ...locally,
  },
  {
    name: "copies",
    title: "a copy of everything less, and back",
    budgetMs: rolling,
    lastsSeconds: 1500,
    mayBeOut: oneBroker,
    ...locally,
  },
  {
    name: "topics",
    title: "another topic, then more partitions and other configs of it",
    budgetMs: nothing,
    lastsSeconds: 600,
    mayBeOut: none,
    ...locally,
  },
  {
    name: "roll-killed",
    title: "the deploy killed in the middle of a roll, then again",
    budgetMs: rolling,
    lastsSeconds: 1200,
    mayBeOut: oneBroker,
    ...locally,
  },
  {
    name: "bad-setting",
    title: "a setting that Kafka refuses, then taken back",
    budgetMs: rolling,
    lastsSeconds: 1200,
    mayBeOut: oneBroker,
    ...locally,
  },
  {
    name: "roll-one-dead",
    title: "a roll that begins with a dead broker",
    budgetMs: rolling,
    lastsSeconds: 900,
    mayBeOut: oneBroker,
    ...locally,
  },
];

/** Whether a plan is that of a change. */
export function isChange(info: DrillPlan & { readonly name: string }): info is ChangeInfo {
  return isChangeName(info.name);
}

/** Whether a name is that of a change. */
export function isChangeName(name: string): name is ChangeName {
  return (changeNames as readonly string[]).includes(name);
}
