/** Changes of the topics that the settings name. */
import { randomBytes } from "node:crypto";
import type { TopicSettings } from "../../../settings/settings";
import type { ChangeOutcome } from "../report";
import type { Update } from "./deployer";
import { topicsOf } from "./lines";
import { together, update, updateOutcome, type MakeChange } from "./scene";

/** Adds a topic, changes it, and leaves it out of the settings again. */
export const topics: MakeChange = (scene) => {
  const { deployer, machines, report, state } = scene;
  const before = deployer.settings.get("topics") as readonly TopicSettings[];
  const name = `drill-${randomBytes(4).toString("hex")}-added`;
  const added = { name, partitions: 1, retentionHours: 1, retentionGiB: 1 };
  const grown = { ...added, partitions: 3, retentionHours: 2, config: { "max.message.bytes": "2000000" } };
  const carryOut = async () => {
    try {
      const made = await update(scene, { topics: [...before, added] });
      report(`${name}: more partitions, other configs`);
      const changed = await update(scene, { topics: [...before, grown] });
      report(`the settings are without ${name} again`);
      const left = await update(scene, { topics: before });
      return together(
        topicsOutcome(made, "added: ", { created: 1, changed: 0 }),
        topicsOutcome(changed, "grown: ", { created: 0, changed: 1 }),
        topicsOutcome(left, "left alone: ", { created: 0, changed: 0 }),
      );
    } finally {
      // An update never deletes a topic.
      await machines.runOnNode(state.brokers[0]?.name ?? "", "delete-topics", [name]);
    }
  };
  const what = `topics with ${name}, then with 3 partitions of it, and without`;
  return Promise.resolve({ what, nodes: [], carryOut });
};

/** The outcome of what `kafka-ops topics` says it has done, compared with what it was to do. */
function topicsOutcome(
  made: Update,
  phase: string,
  wanted: { readonly created: number; readonly changed: number },
): ChangeOutcome {
  const done = topicsOf(made.lines);
  const asWanted = done?.created === wanted.created && done.changed === wanted.changed;
  const said = done === undefined ? "not in sync" : `${done.created} created, ${done.changed} changed`;
  return together(updateOutcome(made, phase), {
    facts: { [`${phase}topics`]: said },
    unmet: asWanted ? [] : [`${phase}${said}, not ${wanted.created} created and ${wanted.changed} changed`],
  });
}
