import { didYouMean } from "../nearest";
import { inUnit } from "../units";
import { kafka39 } from "./kafka39";
import { ownLimits } from "./ownLimits";

/** A setting of a broker (server.properties), or of a topic. */
export type KafkaKind = "broker" | "topic";

interface KafkaSetting {
  readonly type: string;
  /** The values that Kafka takes, by its own words: `[1,...]`, `[zstd|gzip]`; `-` or nothing: whatever has the type. */
  readonly takes: string;
  /** Kafka's default; nothing where it has none, or one that is no single word. */
  readonly value: string;
}

const table = readTable(kafka39);

const wholeRanges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  SHORT: [-(2n ** 15n), 2n ** 15n - 1n],
  INT: [-(2n ** 31n), 2n ** 31n - 1n],
  LONG: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** Every setting of the kind that Kafka documents. */
export function kafkaKeys(kind: KafkaKind): readonly string[] {
  return [...table[kind].keys()];
}

/**
 * The problem with a value of a setting that Kafka knows: the value, the rule, a right one. Undefined when the value is
 * taken.
 */
export function kafkaValueProblem(kind: KafkaKind, key: string, given: string): string | undefined {
  const setting = table[kind].get(key);
  const value = given.trim();
  if (setting === undefined) return undefined;
  const { type } = setting;
  if (type in wholeRanges || type === "DOUBLE") return numberProblem(key, value, setting);
  if (type === "BOOLEAN")
    return /^(true|false)$/i.test(value) ? undefined : `"${value}" is neither true nor false; give one of them`;
  const words = wordsOf(key, setting);
  const wrong = (type === "LIST" ? value.split(",").map((word) => word.trim()) : [value]).find(
    (word) => words.length > 0 && !words.includes(word),
  );
  if (wrong === undefined) return undefined;
  return `"${wrong}" is not known to Kafka${didYouMean(wrong, words)}; give one of ${words.join(", ")}`;
}

function numberProblem(key: string, value: string, setting: KafkaSetting): string | undefined {
  const whole = wholeRanges[setting.type];
  const { min, max, reason, or } = limitsOf(key, setting);
  const range =
    max === Infinity ? `${shownNumber(min)} or more` : `a number from ${shownNumber(min)} to ${shownNumber(max)}`;
  const right = Number(setting.value) >= min && Number(setting.value) <= max ? setting.value : shownNumber(min);
  const form = whole ? /^[+-]?\d+$/ : /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;
  if (!form.test(value)) {
    const converted = inUnit(value, key);
    const example = converted !== undefined && converted >= min && converted <= max ? String(converted) : right;
    return `"${value}" is not a ${whole ? "whole number" : "number"}; Kafka takes digits alone: give ${example}`;
  }
  if (or !== undefined && Number(value) === or) return undefined;
  const other = or === undefined ? "" : `, or ${or}`;
  if (whole && (BigInt(value) < whole[0] || BigInt(value) > whole[1]))
    return `${value} is more than Kafka's type ${setting.type} holds; give ${range}${other}, e.g. ${right}`;
  if (Number(value) >= min && Number(value) <= max) return undefined;
  const side = Number(value) < min ? `below ${shownNumber(min)}` : `above ${shownNumber(max)}`;
  return `${value} is ${side}${reason ? `: ${reason}` : ""}; give ${range}${other}, e.g. ${right}`;
}

/**
 * Kafka's range and the program's own, which is never wider. `or`: a value outside it that has a meaning of its own.
 */
function limitsOf(key: string, { type, takes }: KafkaSetting) {
  const [, from, to, or] = /^\[(-?[\d.]+),\.\.\.,?(-?[\d.]+)?\](?:_or_(-?\d+))?$/.exec(takes) ?? [];
  const whole = wholeRanges[type];
  const own = ownLimits(key);
  const largest =
    to === undefined ? (type === "LONG" || whole === undefined ? Infinity : Number(whole[1])) : Number(to);
  return {
    min: Math.max(from === undefined ? -Infinity : Number(from), own?.min ?? -Infinity),
    max: Math.min(largest, own?.max ?? Infinity),
    reason: own?.reason,
    or: own?.or ?? (or === undefined ? undefined : Number(or)),
  };
}

function wordsOf(key: string, { takes }: KafkaSetting): readonly string[] {
  const [, words] = /^\[([^,]*)\]$/.exec(takes) ?? [];
  return ownLimits(key)?.words ?? words?.split("|") ?? [];
}

function shownNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : "any";
}

function readTable(text: string): Readonly<Record<KafkaKind, ReadonlyMap<string, KafkaSetting>>> {
  const kinds = { broker: new Map<string, KafkaSetting>(), topic: new Map<string, KafkaSetting>() };
  for (const line of text.trim().split("\n")) {
    const [kind, key = "", type = "", takes = "", value = ""] = line.split(" ");
    kinds[kind as KafkaKind].set(key, { type, takes, value });
  }
  return kinds;
}
