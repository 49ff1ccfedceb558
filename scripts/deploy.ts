/** `npm run deploy`: the way to change a stack, for people and for CI. */
import { runCommand } from "../cli/command";
import { interruptionSignal } from "../cli/interruption";
import { eventsOption, flag, optional, reportFile, stacksOption, texts } from "../cli/options";
import { writeReport, writeText } from "../cli/report";
import { explain, UsageError, UserError } from "../cli/userError";
import type { Action } from "../stack/deploy/deployment";
import { adoptEnvironment, localStack, stackEnvironment } from "../stack/environment";
import { parseRemove } from "../stack/guard";
import { givenSetting } from "../stack/stackFile";
import { parseReplaceVolume } from "../stack/volumeReplacement";
import { deploy } from "../trials/deploy";
import { deployMarkdown, type StackResult } from "../trials/deployMarkdown";

runCommand(
  {
    name: "deploy",
    usage: ["--stack NAME [--preview | --yes | --destroy [--yes]] [options]"],
    about:
      "Shows what an update would change, asks, makes it, and tests the result. Refuses what would delete or " +
      "replace a node, a volume or an address. Of several stacks the next one begins when the one before it is done.",
    options: {
      stack: stacksOption(),
      preview: flag("show what would change, and change nothing"),
      yes: flag("don't ask"),
      destroy: flag("take the stack down"),
      set: texts(
        "KEY=VALUE",
        "another setting for this run only, as --set brokerCount=7 (repeatable; a list as JSON); the next run takes " +
          "it back",
      ),
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
      json: reportFile("write the result as JSON; an array where there are several stacks"),
      markdown: reportFile("write a summary for a pull request: what changes, what it costs, the plan, warnings"),
    },
    // 2 is taken: something differs (drift).
    usageExitCode: 1,
    notes: "exit codes: 0 done; 1 failed, refused, or bad input; 129, 130, 143 interrupted (hang-up, Ctrl-C, end)",
  },
  async ({ stack: stacks, preview, yes, destroy, set, remove, replaceVolume, smoke, noSmoke, events, ...files }) => {
    if (preview && (yes || destroy)) throw new UsageError("--preview goes with neither --yes nor --destroy");
    if (smoke && noSmoke) throw new UsageError("--smoke and --no-smoke exclude each other");
    if (destroy && (remove !== undefined || set.length > 0))
      throw new UsageError("--remove and --set go with an update; --destroy takes every node down");
    if (replaceVolume !== undefined && (preview || destroy || remove !== undefined))
      throw new UsageError("--replace-volume goes with none of --preview, --destroy and --remove");
    if (stacks.length > 1 && (destroy || remove !== undefined || replaceVolume !== undefined))
      throw new UsageError("--destroy, --remove and --replace-volume go with one --stack");
    if (stacks.length > 1 && stacks.includes(localStack))
      throw new UsageError(`--stack ${stacks.join(",")}: ${localStack} has an environment of its own: deploy it alone`);
    set.forEach(givenSetting);
    const action: Action = preview ? "preview" : destroy ? "destroy" : "update";
    const tests = smoke ? "always" : noSmoke ? "never" : "auto";
    const { signal, exitCode } = interruptionSignal();
    const results: StackResult[] = [];
    const conclude = (result: StackResult) => {
      results.push(result);
      writeReport(files.json, stacks.length > 1 ? results : result);
      writeText(files.markdown, deployMarkdown(results));
    };
    for (const stack of stacks) {
      if (stacks.length > 1) console.log(`== stack ${stack}`);
      try {
        if (signal.aborted) throw new UserError("interrupted before it began");
        const environment = await stackEnvironment(stack, "ci");
        adoptEnvironment(environment);
        const report = (line: string) => console.log(line);
        const change = { action, yes, set, remove, replaceVolume, smoke: tests, events } as const;
        const result = await deploy({ stack, ...change, environment, signal, report });
        conclude(result);
        if (!result.succeeded) {
          console.error(`\ndeploy of stack ${stack} FAILED:\n${result.error ?? "unknown"}`);
          return exitCode() ?? 1;
        }
        if (result.outputs !== undefined) console.log(`bootstrap servers: ${result.outputs.bootstrapServers}`);
      } catch (error) {
        conclude({ stack, action, succeeded: false, error: explain(error) });
        const interrupted = exitCode();
        if (interrupted === undefined) throw error;
        console.error(`\ndeploy: ${explain(error)}`);
        return interrupted;
      }
    }
    return 0;
  },
);
