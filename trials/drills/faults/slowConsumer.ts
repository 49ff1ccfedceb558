/** Consumers of our settings catch up a backlog behind slow links. */
import { explain } from "../../../cli/userError";
import { inWords, isKept } from "../../jobs/clientFault/catchUp";
import { linkLine, type CatchUp, type Link } from "../../jobs/clientFault/parameters";
import { archiveFolder } from "../../jobs/jobUserData";
import type { ChangeOutcome } from "../report";
import { drillTopic } from "../stock";
import { clientNode, endSeconds, parametersOf, startClient, type ClientScene } from "./client";
import type { Injected } from "./scene";

/** 48 and 40 s at the links' own rates. */
const links: readonly Link[] = [
  { megabytesPerSecond: 5, backlogMegabytes: 240 },
  { megabytesPerSecond: 0.5, backlogMegabytes: 20 },
];
/** Seconds for making the topics and filling them; 13 at 20 MB/s. */
const fillSeconds = 150;

/** Its outcome names the consumers that were slow, took much memory, or did not read each event once and in order. */
export async function slowConsumer(scene: ClientScene, seconds: number): Promise<Injected> {
  const { machines, partitions, report } = scene;
  const limit = async (megabytesPerSecond: number, tell: (word: { readonly link: number }) => Promise<void>) => {
    await machines.lab([{ action: "limit", node: clientNode, networkMBps: megabytesPerSecond }]);
    await tell({ link: megabytesPerSecond });
  };
  const client = await startClient(
    scene,
    {
      kind: "slow-consumer",
      links,
      kafkaLibraries: `${archiveFolder}/libs`,
      ...drillTopic(machines.cluster, "ours", partitions),
      ...parametersOf(scene),
    },
    fillSeconds + seconds + endSeconds,
    (line, { tell }) => {
      const wanted = Number(new RegExp(`${linkLine} ([\\d.]+) MB/s$`).exec(line)?.[1]);
      // The client waits for it in vain, and says so.
      if (wanted > 0)
        limit(wanted, tell).catch((error: unknown) => report(`no link of ${wanted} MB/s: ${explain(error)}`));
    },
  );
  let hasEnded = false;
  void client.result.catch(() => undefined).then(() => (hasEnded = true));
  return {
    what: `consumers behind links of ${links.map((link) => link.megabytesPerSecond).join(" and ")} MB/s`,
    nodes: [],
    at: client.at,
    lasted: client.result.then((results) => outcomeOf(results as readonly CatchUp[])),
    undo: async () => {
      if (!hasEnded) await client.end();
    },
  };
}

function outcomeOf(results: readonly CatchUp[]): ChangeOutcome {
  const factOf = ({ client, megabytesPerSecond, seconds }: CatchUp) =>
    [`${client}, ${megabytesPerSecond} MB/s`, `${seconds.toFixed(1)} s`] as const;
  return {
    facts: Object.fromEntries(results.map(factOf)),
    unmet: results.filter((one) => !isKept(one)).map(inWords),
  };
}
