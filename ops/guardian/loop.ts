import { setTimeout as pause } from "node:timers/promises";
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { processRuns } from "../commandLine";
import { fileChanges } from "../fileChanges";
import { LogKeeper } from "../keptLogs";
import { MetricsFile } from "../metrics";
import { confirmed, nextActions, noted, withdrawn, type Action } from "./nextActions";
import { awsGroups, type Groups } from "./groups";
import { Copies, restartBroker } from "./copies";
import { guardianRegistry, type LookFacts } from "./guardianMetrics";
import { Leadership } from "./leadership";
import { describeAwsProblem, Observer } from "./observe";
import { Room } from "./room";
import { recall, writeState } from "./stateFile";
import { Upkeep } from "./upkeep";
import type { Memory } from "./memory";

/** The time in ms from the beginning of one observation to that of the next. */
const intervalMs = 5000;

const say = (line: string) => console.log(line);

/**
 * The guardian: looks at the cluster every 5 s, has a node replaced that stays out, and gives brokers that are back
 * their leads. Returns when one of the watched files has changed: whoever keeps it running (systemd) then starts the
 * new one.
 *
 * @param files this program and its cluster description
 * @param everyMs from one observation to the next
 * @param metrics the file in which it tells Prometheus what it sees
 */
export async function runGuardian(
  cluster: ClusterDescription,
  stateFile: string,
  files: readonly string[],
  everyMs = intervalMs,
  metrics: Pick<MetricsFile, "write"> = new MetricsFile("guardian"),
): Promise<void> {
  const { enabled, dryRun, patienceSeconds } = cluster.guardian;
  const changed = fileChanges(files);
  const tell: GuardedWorld["tell"] = (memory, look) =>
    metrics.write(guardianRegistry(cluster, memory, { ...look, runs: processRuns }));
  if (!enabled) {
    say(`${cluster.clusterName}: guardianEnabled is false: nothing is watched, nothing is replaced`);
    while (changed() === undefined) {
      await tell(undefined, { failed: false });
      await pause(everyMs);
    }
  } else {
    const mode = dryRun ? "; guardianDryRun: it only says what it would do" : "";
    say(
      `${cluster.clusterName}: watching ${cluster.zookeeper.length + cluster.brokers.length} nodes, patience ` +
        `${patienceSeconds} s${mode}`,
    );
    const groups = await awsGroups(cluster.region);
    const world = {
      observer: new Observer(cluster, groups),
      groups,
      keeper: new LogKeeper(cluster),
      room: Room.of(cluster),
      leadership: new Leadership(cluster),
      copies: new Copies(cluster, restartBroker(cluster)),
      upkeep: new Upkeep(cluster),
      tell,
    };
    await watch(cluster, world, stateFile, () => changed() === undefined, everyMs);
  }
  say(`${changed()} has changed: starting anew`);
}

/** The parts by which the guardian sees and acts. */
export interface GuardedWorld {
  readonly observer: Pick<Observer, "observe">;
  readonly groups: Pick<Groups, "markUnhealthy">;
  readonly keeper: Pick<LogKeeper, "keep">;
  readonly room: Pick<Room, "keep">;
  readonly leadership: Pick<Leadership, "restore">;
  readonly copies: Pick<Copies, "mend">;
  readonly upkeep: Pick<Upkeep, "keep">;
  /** Tells Prometheus of a look. Never rejects. */
  readonly tell: (memory: Memory | undefined, look: Pick<LookFacts, "failed">) => Promise<void>;
}

/**
 * Observes, decides and acts for as long as it is told to go on.
 * @param everyMs from one observation to the next
 */
export async function watch(
  cluster: Pick<ClusterDescription, "clusterName" | "guardian" | "minimumRunning">,
  { observer, groups, keeper, room, leadership, copies, upkeep, tell }: GuardedWorld,
  stateFile: string,
  goOn: () => boolean,
  everyMs: number,
): Promise<void> {
  const rules = { ...cluster.guardian, minimumRunning: cluster.minimumRunning };
  let memory = recall(stateFile, cluster.clusterName, say);
  let failure = "";
  while (goOn()) {
    const begun = performance.now();
    try {
      const observation = await observer.observe(memory);
      const outcome = nextActions(memory, observation, rules, Date.now());
      memory = outcome.memory;
      outcome.lines.forEach(say);
      // Written before anything is done: a guardian that is killed now carries on where this one was.
      writeState(stateFile, memory);
      for (const action of outcome.actions) {
        if (rules.dryRun) break;
        memory = await keepLogs(action, memory, keeper);
        // Seconds have passed since it was looked at, and it may have been about to come back.
        memory = (await isBack(action, memory, observer))
          ? reported(
              withdrawn(memory, action),
              action,
              `${action.instanceId} has come into service meanwhile, and stays`,
            )
          : await act(action, memory, groups);
        writeState(stateFile, memory);
      }
      memory = await room.keep(memory, rules.dryRun, Date.now(), say);
      memory = await leadership.restore(memory, rules.dryRun, Date.now(), say);
      memory = await copies.mend(memory, rules.dryRun, Date.now(), say);
      memory = await upkeep.keep(memory, rules.dryRun, Date.now(), say);
      failure = "";
    } catch (error) {
      // What can fail here is the disk with the state, and what Kafka is asked. Not to look any more would be worse.
      const { message } = error as Error;
      if (message !== failure) say(`this look failed: ${message}`);
      failure = message;
    }
    await tell(memory, { failed: failure !== "" });
    await pause(Math.max(0, everyMs - (performance.now() - begun)));
  }
}

/** Keeps the logs of a machine that is to be replaced, and says where. */
async function keepLogs(action: Action, memory: Memory, keeper: GuardedWorld["keeper"]): Promise<Memory> {
  const text = await keeper.keep(action.node, action.instanceId);
  return text === undefined ? memory : reported(memory, action, text);
}

async function isBack({ node }: Action, memory: Memory, observer: GuardedWorld["observer"]): Promise<boolean> {
  const { nodes } = await observer.observe(memory);
  return nodes.some(({ name, problem }) => name === node && problem === undefined);
}

/** Says what came of an action, and has the status show it. */
function reported(memory: Memory, { node }: Action, text: string): Memory {
  say(`${node}: ${text}`);
  return noted(memory, node, text, Date.now());
}

/**
 * Carries out an action. The decision itself is in the log by now; only a failure is worth another line, the same one
 * once.
 */
async function act(action: Action, memory: Memory, groups: GuardedWorld["groups"]): Promise<Memory> {
  const { node, instanceId } = action;
  try {
    await groups.markUnhealthy(instanceId);
    return confirmed(memory, action);
  } catch (error) {
    const text = `could not mark ${instanceId} unhealthy, tried again at the next look: ${describeAwsProblem(error)}`;
    if (memory.decisions.findLast((decision) => decision.node === node)?.text === text) return memory;
    return reported(memory, action, text);
  }
}
