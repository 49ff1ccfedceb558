/** Changes of how much there is: larger volumes, more brokers, fewer copies. */
import { pause } from "../interruptible";
import type { ChangeOutcome } from "../report";
import { beforeFaultMs } from "../loadReport";
import { falseAlarms, readWatchers } from "../watchers";
import { balanceOf, isEven } from "./lines";
import { rollOutcome, together, update, updateOutcome, type ChangeScene, type MakeChange } from "./scene";
import type { Update } from "./deployer";

/** Seconds for a filesystem to grow: a node looks each minute whether its volume has grown. */
const growthSeconds = 150;
const observeEveryMs = 5000;
const gibibyte = 1024 ** 3;
/** The share of a volume's growth that its filesystem gets: it keeps a little for itself. */
const usableShare = 0.9;

/** Grows the data volumes of both pools. */
export const growVolumes: MakeChange = async (scene) => {
  const { machines, deployer, state } = scene;
  const size = (key: "brokerVolumeGiB" | "zookeeperVolumeGiB") => deployer.settings.number(key);
  const old = { brokers: size("brokerVolumeGiB"), zookeeper: size("zookeeperVolumeGiB") };
  const wanted = { brokers: Math.ceil(1.5 * old.brokers), zookeeper: Math.ceil(1.5 * old.zookeeper) };
  const nodes = [
    ...state.brokers.map(({ name }) => ({ name, moreGiB: wanted.brokers - old.brokers })),
    ...state.zookeeper.map(({ name }) => ({ name, moreGiB: wanted.zookeeper - old.zookeeper })),
  ];
  const since = Math.ceil(Date.now() / 1000);
  const before = await readWatchers(machines, since);
  const sizesBefore = await filesystems(scene, nodes);
  // What was done just now is not to be measured.
  await pause(beforeFaultMs, scene.signal);

  const carryOut = async () => {
    const changes = { brokerVolumeGiB: wanted.brokers, zookeeperVolumeGiB: wanted.zookeeper };
    const made = await update(scene, changes);
    const begun = Date.now();
    const smaller = async () => {
      const now = await filesystems(scene, nodes);
      return nodes.filter(({ name, moreGiB }) => {
        const grown = (now.get(name) ?? 0) - (sizesBefore.get(name) ?? 0);
        return grown < usableShare * moreGiB * gibibyte;
      });
    };
    let left = await smaller();
    while (made.succeeded && left.length > 0 && Date.now() - begun < growthSeconds * 1000) {
      await pause(observeEveryMs, scene.signal);
      left = await smaller();
    }
    // The ops host has no volume that grew.
    const alarms = falseAlarms(before, await readWatchers(machines, since)).filter((text) => !/^ops\b/.test(text));
    return together(updateOutcome(made), {
      facts: {
        "filesystems that have grown": `${nodes.length - left.length} of ${nodes.length}`,
        "filesystems grown after the update, seconds": Math.round((Date.now() - begun) / 1000),
        "machines replaced or services restarted": alarms.length,
      },
      unmet: [...left.map(({ name }) => `the filesystem of ${name} has not grown`), ...alarms],
    });
  };
  const what = `volumes of ${old.brokers} and ${old.zookeeper} GiB to ${wanted.brokers} and ${wanted.zookeeper} GiB`;
  return { what, nodes: nodes.map(({ name }) => name), carryOut };
};

/** The sizes of the nodes' data filesystems, bytes; one after another, see `readWatchers`. */
async function filesystems(
  { machines }: ChangeScene,
  nodes: readonly { readonly name: string }[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const { name } of nodes) sizes.set(name, Number(await machines.runOnNode(name, "filesystem")));
  return sizes;
}

/** Adds a broker, and takes it away again. */
export const scale: MakeChange = (scene) => {
  const count = scene.deployer.settings.number("brokerCount");
  const carryOut = async () => {
    const out = await update(scene, { brokerCount: count + 1 });
    scene.report(`brokerCount ${count} again`);
    const back = await update(scene, { brokerCount: count });
    return together(balanceOutcome(out, `to ${count + 1}: `), balanceOutcome(back, `back to ${count}: `));
  };
  return Promise.resolve({ what: `brokerCount ${count} to ${count + 1}, and back`, nodes: [], carryOut });
};

/** Changes the number of copies, and changes it back. */
export const copies: MakeChange = (scene) => {
  const { settings } = scene.deployer;
  const now = settings.number("replicationFactor");
  // There have to be more than must be in sync.
  const other = now - 1 > settings.number("minInsyncReplicas") ? now - 1 : now + 1;
  const brokers = scene.state.brokers.map(({ name }) => name);
  const change = async (count: number, phase: string, even: readonly Spread[]) => {
    const made = await update(scene, { replicationFactor: count });
    return together(rollOutcome("kafka", made, brokers, phase), balanceOutcome(made, phase, even));
  };
  const carryOut = async () => {
    // With as many copies as zones each zone has one of every partition: the broker that is alone in its zone has all
    // of those.
    const there = await change(other, `to ${other}: `, ["leaders"]);
    scene.report(`replicationFactor ${now} again`);
    return together(there, await change(now, `back to ${now}: `, ["copies", "leaders"]));
  };
  return Promise.resolve({ what: `replicationFactor ${now} to ${other}, and back`, nodes: brokers, carryOut });
};

type Spread = "copies" | "leaders";

/**
 * The outcome of a balance: what had to be copied, what was, and how copies and leaders lie.
 * @param even which of them have to be within 10 %
 */
export function balanceOutcome(
  made: Update,
  phase: string,
  even: readonly Spread[] = ["copies", "leaders"],
): ChangeOutcome {
  const balance = balanceOf(made.lines);
  if (balance === undefined)
    return together(updateOutcome(made, phase), { facts: {}, unmet: [`${phase}no copies were balanced`] });
  const { copied = "nothing", atLeast = "nothing", copies, leaders } = balance;
  const parts = [
    ["copies", copies],
    ["leaders", leaders],
  ] as const;
  return together(updateOutcome(made, phase), {
    facts: {
      [`${phase}copied`]: copied,
      [`${phase}to copy at least`]: atLeast,
      ...Object.fromEntries(parts.map(([of, { least, most }]) => [`${phase}${of} per broker`, `${least} to ${most}`])),
    },
    unmet: parts.flatMap(([of, range]) =>
      isEven(range) || !even.includes(of)
        ? []
        : [`${phase}${range.least} to ${range.most} ${of} per broker: more than 10 % apart`],
    ),
  });
}
