/** What drills, updates and repairs have left behind on a cluster that is well. */
import { orphansOf, runningProcesses } from "../../../stack/processes";
import { Interrupted, pause } from "../interruptible";
import type { ClusterState, Machines } from "../machines";

/** The time in ms for what goes by itself: throttles within two minutes, a fence within five. */
const goesMs = 360_000;
const lookEveryMs = 5000;

/** The topics and remarks that there were before the first step: no step has left them. */
export type Before = Pick<ClusterState, "topics" | "notes">;

/** One look at all machines, the topics, the instances and this machine's processes. */
export async function leftBehind(stack: string, machines: Machines, before: Before): Promise<readonly string[]> {
  // A client host that is no more needs no rights.
  await machines.endAdmissions();
  const { brokers, zookeeper } = machines.cluster;
  const nodes = [...brokers, ...zookeeper].map(({ name }) => name);
  const state = await machines.state();
  const onMachines = await Promise.all([
    ...nodes.map(async (node) => lines(node, await machines.runOnNode(node, "left"))),
    machines.runOnOpsHost("left").then((output) => lines("ops", output)),
  ]);
  const wanted = new Set([...nodes, "ops"]);
  const surplus = (await machines.instances()).filter((name) => !wanted.delete(name));
  return [
    ...(state.healthy ? [] : [`not healthy: ${state.missing}`]),
    ...state.notes.filter((note) => !before.notes.includes(note)),
    ...state.topics
      .filter((topic) => !topic.startsWith("__") && !before.topics.includes(topic))
      .map((topic) => `topic ${topic}`),
    ...onMachines.flat(),
    ...surplus.map((name) => `instance of ${name}`),
    ...[...wanted].map((name) => `no instance of ${name}`),
    ...orphansOf(stack, runningProcesses()).map(({ name, pid }) => `process ${pid} of an update: ${name}`),
  ];
}

/** What is still left behind when it had time to go. Rejects with Interrupted when the signal came. */
export async function leftForGood(
  look: () => Promise<readonly string[]>,
  signal: AbortSignal,
  times = { goesMs, lookEveryMs },
): Promise<readonly string[]> {
  const deadline = Date.now() + times.goesMs;
  for (;;) {
    const left = await look().catch((error: Error) => [`it is not known what is left: ${error.message}`]);
    if (signal.aborted) throw new Interrupted();
    if (left.length === 0 || Date.now() >= deadline) return left;
    await pause(times.lookEveryMs, signal);
  }
}

function lines(node: string, output: string): string[] {
  return output.split("\n").flatMap((line) => (line === "" ? [] : [`${node}: ${line}`]));
}
