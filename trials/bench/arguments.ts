import { parseArgs } from "node:util";
import { didYouMean } from "../../settings/nearest";
import { phaseNames, type Payload, type Phase } from "../jobs/bench/parameters";
import { requireFolder, UsageError, whole } from "../../cli/options";
import { localStack } from "../../stack/environment";
import { changeableProducer, changeableTopic, decidedProducer, decidedTopic } from "./changeable";
import { jobSeconds, longestJobSeconds, measurementsOf, neededPhases, phaseTitles } from "./phases";

type Values = Readonly<Record<string, string>>;

/** What one command is to do. */
export interface BenchRequest {
  readonly kind: "help" | "bench";
  readonly stack: string;
  readonly againstStock: boolean;
  /** Hold the capacity model against limited brokers, instead of measuring the phases. */
  readonly model: boolean;
  readonly runs: number;
  /** Of each measurement. */
  readonly seconds: number;
  /** In the order in which they are measured, with those that they need. */
  readonly phases: readonly Phase[];
  readonly payload: Payload;
  readonly producers: number;
  /** That read during `rate`. */
  readonly groups: number;
  /** Default: the cluster's. */
  readonly copies?: number;
  /** Default: 3 for each broker. */
  readonly partitions?: number;
  /** Producer settings of ours that are changed. */
  readonly producerSettings: Values;
  /** Topic settings of ours that are changed. */
  readonly topicSettings: Values;
  /** Of all producers together; absent: the highest is looked for. */
  readonly rateMBps?: number;
  readonly yes: boolean;
  readonly json?: string;
  readonly html: string;
}

const payloads: readonly Payload[] = ["events", "random"];

/**
 * Reads the command line. Throws a UsageError.
 * @param now for the name of the report
 */
export function readBenchArguments(args: readonly string[], now: Date): BenchRequest {
  const values = parsed(args);
  const { stack, against, json, rate, copies, partitions } = values;
  if (against !== undefined && against !== "stock")
    throw new UsageError(`--against ${against}: only \`stock\` is known${didYouMean(against, ["stock"])}`);
  if (against !== undefined && stack !== localStack) {
    throw new UsageError(
      `--against stock puts Kafka's shipped settings on the brokers: only on stack ${localStack}, not on ${stack}`,
    );
  }
  if (values.model && (stack !== localStack || against !== undefined)) {
    throw new UsageError(
      `--model limits the brokers' network and disk: only on stack ${localStack}, and without --against`,
    );
  }
  const rateMBps = rate === undefined ? undefined : megabytes("--rate", rate);
  const request: BenchRequest = {
    kind: values.help ? "help" : "bench",
    stack,
    againstStock: against === "stock",
    model: values.model,
    runs: whole("--runs", values.runs, 1, 20),
    seconds: whole("--seconds", values.seconds, 20, 1200),
    phases: neededPhases(values.phase?.map((name) => oneOf("--phase", name, phaseNames)) ?? phaseNames, rateMBps),
    payload: oneOf("--payload", values.payload, payloads),
    producers: whole("--producers", values.producers, 1, 16),
    groups: whole("--groups", values.groups, 0, 8),
    copies: copies === undefined ? undefined : whole("--copies", copies, 1, 9),
    // With more the client host's user data, which holds their placement, could get larger than EC2 takes.
    partitions: partitions === undefined ? undefined : whole("--partitions", partitions, 1, 200),
    producerSettings: settings("--producer", values.producer, changeableProducer, decidedProducer),
    topicSettings: settings("--topic-config", values["topic-config"], changeableTopic, decidedTopic),
    rateMBps,
    yes: values.yes,
    json,
    html: values.html ?? `reports/bench-${now.toISOString().slice(0, 19).replaceAll(":", "")}.html`,
  };
  if (request.kind === "help") return request;
  requireShortJob(request);
  if (json !== undefined) requireFolder("--json", json);
  if (values.html !== undefined) requireFolder("--html", values.html);
  return request;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        stack: { type: "string", default: localStack },
        against: { type: "string" },
        model: { type: "boolean", default: false },
        runs: { type: "string", default: "1" },
        seconds: { type: "string", default: "60" },
        phase: { type: "string", multiple: true },
        payload: { type: "string", default: "events" },
        producers: { type: "string", default: "2" },
        groups: { type: "string", default: "0" },
        copies: { type: "string" },
        partitions: { type: "string" },
        producer: { type: "string", multiple: true, default: [] },
        "topic-config": { type: "string", multiple: true, default: [] },
        rate: { type: "string" },
        json: { type: "string" },
        html: { type: "string" },
        yes: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    // Node goes on to explain how to write a word that begins with a dash.
    throw new UsageError(`${(error as Error).message.split(". ")[0]} (\`npm run bench -- --help\` shows the options)`);
  }
}

/** `20`, `2.5` or `20MB/s`. */
function megabytes(option: string, text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?)(?: ?MB\/s)?$/.exec(text.trim()) ?? [];
  const value = Number(digits ?? NaN);
  if (!(value >= 0.1 && value <= 10_000))
    throw new UsageError(`${option} ${text}: MB/s from 0.1 to 10,000 are wanted, such as 50`);
  return value;
}

function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found === undefined)
    throw new UsageError(`${option} ${text}: one of ${known.join(", ")} is wanted${didYouMean(text, known)}`);
  return found;
}

/** `KEY=VALUE` words. A misspelt key would be measured as no change, for Kafka only warns of it. */
function settings(
  option: string,
  words: readonly string[],
  changeable: readonly string[],
  decided: Readonly<Record<string, string>>,
): Values {
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
      `--seconds ${seconds}: ${phases.join(", ")} might take ${minutes} minutes in one go, and a client host lives for ` +
        `${longestJobSeconds / 60}; give fewer seconds, or one --phase after the other`,
    );
  }
}

export const benchHelp = `usage: npm run bench -- [options]

Measures a stack with Kafka's own producer and consumer performance tools, on a client host of its own, on topics that are
deleted afterwards. acks=all on both sides. MB are 10^6 bytes of events, before compression.

  --stack NAME            default ${localStack}; for another stack its name has to be typed, or --yes be given
  --against stock         afterwards the same with Kafka's, ZooKeeper's and the clients' shipped settings (stack ${localStack} only)
  --model                 instead: limits the brokers' network and disk (stack ${localStack} only), and holds what the plan says of such
                          brokers against what they do; uses --seconds and --json
  --runs N                how often each side is measured, 1 to 20 (default 1); the table then shows median and spread
  --seconds N             of each measurement, 20 to 1,200 (default 60)
  --phase NAME            only this one, and what it needs; can be repeated
  --payload NAME          events (default), or random: as long, and hardly to be compressed
  --producers N           processes that write, 1 to 16 (default 2)
  --groups N              consumer groups that read during rate and broker-away, 0 to 8 (default 0; in consumers at least 1)
  --copies N              of each partition, on both sides (default: the stack's replicationFactor)
  --partitions N          1 to 200 (default 3 for each broker)
  --producer KEY=VALUE    changes a producer setting of ours; can be repeated
  --topic-config KEY=VALUE  changes a topic setting of ours; can be repeated
  --rate MB/s             what rate and broker-away are held at, and the percentages are of; default: the highest
  --json FILE             every measurement, as JSON
  --html FILE             the report with plots (default reports/bench-<time>.html)
  --yes                   don't ask

Phases:

${phaseNames.map((name) => `  ${name.padEnd(12)}  ${phaseTitles[name]}`).join("\n")}`;
