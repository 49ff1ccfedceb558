/** `npm run deploy`: the way to change a stack, for people and for CI. */
import { runCommand } from "../cli/command";
import { eventsOption, flag, optional, reportFile, stackOption } from "../cli/options";
import { writeReport } from "../cli/report";
import { explain, UsageError } from "../cli/userError";
import type { Action } from "../stack/deploy/deployment";
import { adoptEnvironment, stackEnvironment } from "../stack/environment";
import { parseRemove } from "../stack/guard";
import { parseReplaceVolume } from "../stack/volumeReplacement";
import { deploy } from "../trials/deploy";

runCommand(
  {
    name: "deploy",
    usage: ["--stack NAME [--preview | --yes | --destroy [--yes]] [options]"],
    about:
      "Shows what an update would change, asks, makes it, and tests the result. Refuses what would delete or " +
      "replace a node, a volume or an address.",
    options: {
      stack: stackOption(),
      preview: flag("show what would change, and change nothing"),
      yes: flag("don't ask"),
      destroy: flag("take the stack down"),
      remove: optional(
        "NAMES",
        "brokers that may go for good, e.g. kafka-7,kafka-6: the last ones, which brokerCount no longer includes",
        parseRemove,
      ),
      replaceVolume: optional(
        "NAME",
        "the node whose data volume is lost, e.g. kafka-3: it gets an empty one and is filled from the others",
        parseReplaceVolume,
      ),
      smoke: flag("run the smoke test even if nothing changed (it always runs after a change)"),
      noSmoke: flag("never run it"),
      events: eventsOption(),
      json: reportFile("write the result as JSON"),
    },
  },
  async ({ stack, preview, yes, destroy, remove, replaceVolume, smoke, noSmoke, events, json }) => {
    if (preview && (yes || destroy)) throw new UsageError("--preview goes with neither --yes nor --destroy");
    if (smoke && noSmoke) throw new UsageError("--smoke and --no-smoke exclude each other");
    if (destroy && remove !== undefined)
      throw new UsageError("--remove goes with an update; --destroy takes every node down");
    if (replaceVolume !== undefined && (preview || destroy || remove !== undefined))
      throw new UsageError("--replace-volume goes with none of --preview, --destroy and --remove");
    const action: Action = preview ? "preview" : destroy ? "destroy" : "update";
    try {
      const environment = await stackEnvironment(stack, "ci");
      adoptEnvironment(environment);
      const report = (line: string) => console.log(line);
      const tests = smoke ? "always" : noSmoke ? "never" : "auto";
      const result = await deploy({
        stack,
        action,
        yes,
        remove,
        replaceVolume,
        smoke: tests,
        events,
        environment,
        report,
      });
      writeReport(json, result);
      if (!result.succeeded) console.error(`\ndeploy of stack ${stack} FAILED:\n${result.error ?? "unknown"}`);
      else if (result.outputs !== undefined) console.log(`bootstrap servers: ${result.outputs.bootstrapServers}`);
      return result.succeeded ? 0 : 1;
    } catch (error) {
      writeReport(json, { stack, action, succeeded: false, error: explain(error) });
      throw error;
    }
  },
);
