import { didYouMean } from "../../settings/nearest";
import type { Values } from "../../cli/command";
import {
  flag,
  knownWord,
  megabytes,
  oneOf,
  optional,
  reportFile,
  stackOption,
  texts,
  wholeNumber,
  withDefault,
} from "../../cli/options";
import { UsageError } from "../../cli/userError";
import { localStack } from "../../stack/environment";
import { phaseNames, type Payload, type Phase } from "../jobs/bench/parameters";
import { changeableProducer, changeableTopic, decidedProducer, decidedTopic } from "./changeable";
import { jobSeconds, longestJobSeconds, measurementsOf, neededPhases, phaseTitles } from "./phases";

type Settings = Readonly<Record<string, string>>;

/** The benchmark that one command is to make. */
export interface BenchRequest {
  readonly stack: string;
  readonly againstStock: boolean;
  /** Whether the capacity model is compared with limited brokers, instead of measuring the phases. */
  readonly model: boolean;
  /** Whether the bytes that cross zones are counted, instead of measuring the phases. */
  readonly zones: boolean;
  readonly runs: number;
  /** Seconds of each measurement. */
  readonly seconds: number;
  /** The phases in the order in which they are measured, with those that they need. */
  readonly phases: readonly Phase[];
  readonly payload: Payload;
  readonly producers: number;
  /** The number of consumer groups that read during `rate`. */
  readonly groups: number;
  /** The number of copies. Default: the cluster's. */
  readonly copies?: number;
  /** The number of partitions. Default: 3 for each broker. */
  readonly partitions?: number;
  /** Producer settings of ours that are changed. */
  readonly producerSettings: Settings;
  /** Topic settings of ours that are changed. */
  readonly topicSettings: Settings;
  /** The rate of all producers together; absent: the highest is looked for. */
  readonly rateMBps?: number;
  readonly yes: boolean;
  readonly json?: string;
  readonly html: string;
}

const payloads: readonly Payload[] = ["events", "random"];

/** The declaration of `npm run bench`. */
export const benchCommand = {
  name: "bench",
  about:
    "Measures a stack with Kafka's own producer and consumer performance tools, on a client host of its own, on " +
    "topics that are deleted afterwards. acks=all on both sides. MB are 10^6 bytes of events, before compression. " +
    `For a stack other than ${localStack} its name has to be typed, or --yes be given.`,
  options: {
    stack: stackOption(localStack),
    against: oneOf(
      "stock",
      `afterwards the same with Kafka's, ZooKeeper's and the clients' shipped settings (stack ${localStack} only)`,
      ["stock"],
    ),
    model: flag(
      `instead: limits the brokers' network and disk (stack ${localStack} only), and holds what the plan says of ` +
        "such brokers against what they do; uses --seconds and --json",
    ),
    zones: flag(
      `instead: counts what crosses zones (stack ${localStack} only) while the clients give their zone, and choose ` +
        "partitions led in it, and holds it against the plan; uses --seconds, --rate (default 10) and --json",
    ),
    runs: withDefault(
      wholeNumber("N", "how often each side is measured, 1 to 20; the table then shows median and spread", 1, 20),
      "1",
    ),
    seconds: withDefault(wholeNumber("N", "of each measurement, 20 to 1,200", 20, 1200), "60"),
    phase: texts("NAME", "only this one, and what it needs; can be repeated"),
    payload: withDefault(oneOf("NAME", "events, or random: as long, and hardly to be compressed", payloads), "events"),
    producers: withDefault(wholeNumber("N", "processes that write, 1 to 16", 1, 16), "2"),
    groups: withDefault(
      wholeNumber("N", "consumer groups that read during rate and broker-away, 0 to 8 (in consumers at least 1)", 0, 8),
      "0",
    ),
    copies: wholeNumber("N", "of each partition, on both sides (default: the stack's replicationFactor)", 1, 9),
    // With more the client host's user data, which holds their placement, could get larger than EC2 takes.
    partitions: wholeNumber("N", "1 to 200 (default 3 for each broker)", 1, 200),
    producer: texts("KEY=VALUE", "changes a producer setting of ours; can be repeated"),
    topicConfig: texts("KEY=VALUE", "changes a topic setting of ours; can be repeated"),
    rate: optional(
      "MB/s",
      "what rate and broker-away are held at, and the percentages are of (default: the highest)",
      (word, option) => megabytes(option, word, 0.1, 10_000),
    ),
    json: reportFile("every measurement, as JSON"),
    html: reportFile("the report with plots (default reports/bench-<time>.html)"),
    yes: flag("don't ask"),
  },
  notes: `Phases:

${phaseNames.map((name) => `  ${name.padEnd(12)}  ${phaseTitles[name]}`).join("\n")}`,
};

/**
 * The request that the options stand for. Throws a UsageError.
 * @param now for the name of the report
 */
export function benchRequest(values: Values<(typeof benchCommand)["options"]>, now: Date): BenchRequest {
  const { stack, against, model, zones, phase, producer, topicConfig, rate: rateMBps, html, ...rest } = values;
  if (against !== undefined && stack !== localStack) {
    throw new UsageError(
      `--against stock puts Kafka's shipped settings on the brokers: only on stack ${localStack}, not on ${stack}`,
    );
  }
  const cases = {
    "--model limits the brokers' network and disk": model,
    "--zones counts in the lab's router": zones,
  };
  for (const [what, isAsked] of Object.entries(cases)) {
    if (isAsked && (stack !== localStack || against !== undefined))
      throw new UsageError(`${what}: only on stack ${localStack}, and without --against`);
  }
  if (model && zones) throw new UsageError("--model and --zones: one after the other");
  const phases = phase.length === 0 ? phaseNames : phase.map((name) => knownWord("--phase", name, phaseNames));
  const request: BenchRequest = {
    ...rest,
    stack,
    model,
    zones,
    rateMBps,
    againstStock: against === "stock",
    phases: neededPhases(phases, rateMBps),
    producerSettings: settings("--producer", producer, changeableProducer, decidedProducer),
    topicSettings: settings("--topic-config", topicConfig, changeableTopic, decidedTopic),
    html: html ?? `reports/bench-${now.toISOString().slice(0, 19).replaceAll(":", "")}.html`,
  };
  requireShortJob(request);
  return request;
}

/** Settings out of `KEY=VALUE` words. A misspelt key would be measured as no change, for Kafka only warns of it. */
function settings(
  option: string,
  words: readonly string[],
  changeable: readonly string[],
  decided: Readonly<Record<string, string>>,
): Settings {
  const entries = words.map((word): readonly [string, string] => {
    const [, key, value] = /^([^=\s]+)=(\S+)$/.exec(word) ?? [];
    if (key === undefined || value === undefined)
      throw new UsageError(`${option} ${word}: KEY=VALUE without a space is wanted, such as ${changeable[0]}=…`);
    const why = decided[key];
    if (why !== undefined) throw new UsageError(`${option} ${word}: ${key} can't be changed, ${why}`);
    if (!changeable.includes(key)) {
      const known = didYouMean(key, changeable) || `; known are ${changeable.join(", ")}`;
      throw new UsageError(`${option} ${word}: there is no setting ${key} that could make a difference here${known}`);
    }
    return [key, value];
  });
  const twice = entries.find(([key], index) => entries.findIndex(([other]) => other === key) !== index);
  if (twice !== undefined) throw new UsageError(`${option} ${twice.join("=")}: ${twice[0]} is given twice`);
  return Object.fromEntries(entries);
}

function requireShortJob({ phases, groups, seconds }: BenchRequest): void {
  const minutes = Math.ceil(jobSeconds(measurementsOf(phases, groups), seconds) / 60);
  if (minutes * 60 > longestJobSeconds) {
    throw new UsageError(
      `--seconds ${seconds}: ${phases.join(", ")} might take ${minutes} minutes in one go, and a client host ` +
        `lives for ${longestJobSeconds / 60}; give fewer seconds, or one --phase after the other`,
    );
  }
}
