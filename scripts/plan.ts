/** `npm run plan`: what a configuration carries, survives and costs, reckoned here, without a cloud. */
import { runCommand } from "../cli/command";
import { flag, megabytes, optional, stackOption, text, texts } from "../cli/options";
import { UsageError } from "../cli/userError";
import { cheapestReport, planReport, plannedSettings, type Shown } from "../stack/planReport";

runCommand(
  {
    name: "plan",
    usage: [
      "[--stack NAME] [--set KEY=VALUE ...] [--against NAME] [--json]",
      "[--stack NAME] [--set KEY=VALUE ...] --for 100MB/s [--survive 2] [--json]",
    ],
    about:
      "Shows what each broker carries of the declared workload, against the limits of its machine: with all " +
      "brokers, without any that may be lost, while one catches up; how long events are kept; what a month costs. " +
      "Nothing is asked of AWS.",
    options: {
      stack: stackOption("prod"),
      set: texts(
        "KEY=VALUE",
        "with another setting, as --set brokerCount=7 (repeatable); shown beside the one without",
      ),
      against: text("NAME", "beside that of another stack"),
      for: optional(
        "RATE",
        "look for the cheapest brokers that carry so much: MB/s or GB/s of events (Mbit/s is an eighth), as the " +
          "mean; --set brokerCount=5 keeps their number",
        (word, option) => megabytes(option, word, 0.001, 100_000),
      ),
      survive: optional("N", "and the loss of any N brokers (default: as the configuration does)", (word, option) => {
        if (!/^[1-9]\d*$/.test(word))
          throw new UsageError(`${option} ${word}: a whole number of brokers, 1 or more, is wanted`);
        return Number(word);
      }),
      json: flag("the data; an array where there are two"),
    },
    // 2 is taken: it does not hold.
    usageExitCode: 1,
    notes: "exit codes: 0 it holds; 1 bad input; 2 it does not hold, or there is none that does",
  },
  ({ stack, set, against, for: rate, survive, json }) => {
    if (rate === undefined && survive !== undefined)
      throw new UsageError("--survive goes with --for: say how much is to be carried");
    const settings = plannedSettings(stack, set);
    const { count, replicationFactor, minInsyncReplicas } = settings.brokers;
    const other = against ?? (set.length > 0 ? stack : undefined);
    const others: Shown[] = other === undefined ? [] : [{ title: other, settings: plannedSettings(other, []) }];
    const keptCount = set.some((word) => word.startsWith("brokerCount=")) ? count : undefined;
    const report =
      rate === undefined
        ? planReport([...others, { title: [stack, ...set].join(" "), settings }])
        : cheapestReport(settings, rate, survive ?? replicationFactor - minInsyncReplicas, keptCount);
    console.log(json ? JSON.stringify(report.data, null, 2) : report.text);
    return Promise.resolve(report.isFeasible ? 0 : 2);
  },
);
