/** Asks a Prometheus, by its HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/). */
import { z } from "zod";

/** A figure with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A figure over time. */
export interface Curve {
  readonly labels: Readonly<Record<string, string>>;
  /** Pairs of seconds since 1970 and the value then; there is none where nothing was measured. */
  readonly points: readonly (readonly [number, number])[];
}

/** A stretch of time and how often to look within it, in seconds. */
export interface Range {
  /** Seconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const labels = z.record(z.string(), z.string());
// "NaN", "+Inf": Number() knows all but the sign.
const value = z.string().transform((text) => Number(text.replace("Inf", "Infinity")));
const point = z.tuple([z.number(), value]);
const vector = z.object({ metric: labels, value: point });
const matrix = z.object({ metric: labels, values: z.array(point) });

const answerOf = <Result extends z.ZodType>(result: Result) =>
  z.union([
    z.object({ status: z.literal("success"), data: z.object({ result: z.array(result) }) }),
    z.object({ status: z.literal("error"), error: z.string() }),
  ]);

/** The part of a Prometheus that the page needs. */
export interface AskPrometheus {
  /** The figures at this moment; those that are no number are left out. Rejects when it does not answer or refuses. */
  now(expression: string): Promise<Sample[]>;
  /** The figures over time. Rejects alike. */
  over(expression: string, range: Range): Promise<Curve[]>;
}

/**
 * The Prometheus at this address.
 * @param url `http://127.0.0.1:9090`
 * @param deadlineMs of each question
 */
export function prometheusAt(url: string, deadlineMs = 5000): AskPrometheus {
  const ask = async <Result extends z.ZodType>(path: string, words: Record<string, string>, result: Result) => {
    const text = await fetched(`${url}/api/v1/${path}`, deadlineMs, new URLSearchParams(words));
    const answer = answerOf(result).parse(JSON.parse(text));
    if (answer.status === "error") throw new Error(answer.error);
    return answer.data.result;
  };
  return {
    async now(expression) {
      const found = await ask("query", { query: expression }, vector);
      return found
        .map(({ metric, value: [, number] }) => ({ labels: metric, value: number }))
        .filter((one) => Number.isFinite(one.value));
    },
    async over(expression, { from, to, step }) {
      const words = { query: expression, start: String(from), end: String(to), step: String(step) };
      const found = await ask("query_range", words, matrix);
      return found.map(({ metric, values }) => ({
        labels: metric,
        points: values.filter(([, number]) => Number.isFinite(number)),
      }));
    },
  };
}

/**
 * The text at an address. Rejects with one line when nothing answers there in time.
 * @param form what is sent; undefined: nothing
 */
export async function fetched(url: string, deadlineMs: number, form?: URLSearchParams): Promise<string> {
  const { host } = new URL(url);
  try {
    const signal = AbortSignal.timeout(deadlineMs);
    const response = await fetch(url, form === undefined ? { signal } : { method: "POST", body: form, signal });
    const text = await response.text();
    // Prometheus says with 400 and 422, as JSON, what is wrong with a question.
    if (response.ok || text.startsWith('{"status":"error"')) return text;
    throw new Error(`${host} answers ${response.status}: ${text.trim().slice(0, 200)}`);
  } catch (error) {
    const { name, message, cause } = error as Error;
    if (name === "TimeoutError") throw new Error(`${host} gives no answer within ${deadlineMs / 1000} s`);
    if (message !== "fetch failed") throw error;
    const { code } = (cause ?? {}) as NodeJS.ErrnoException;
    throw new Error(code === "ECONNREFUSED" ? `nothing listens at ${host}` : `${host}: ${code ?? String(cause)}`);
  }
}
