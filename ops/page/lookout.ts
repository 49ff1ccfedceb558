/** Asks all that the page is made from. What several viewers want at once is asked once. */
import { figures, past, slowFigures, type FigureName, type PanelName } from "../../monitoring/queries";
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import type { Memory } from "../guardian/memory";
import type { ClusterStatus } from "../status";
import type { ChartData } from "./answers";
import { chartOf, rangeOf, spans, type Span } from "./charts";
import type { Metrics } from "./metricsFiles";
import { pastOf } from "./past";
import type { AskPrometheus, Curve, Sample } from "./prometheus";
import { type Alert, type Answer, type Figures, type Past, type Seen } from "./seen";

/** Those who are asked. */
export interface Sources {
  readonly status: () => Promise<ClusterStatus>;
  /** The guardian's memory; undefined when it has none. Throws when it can't be read. */
  readonly guardian: () => Memory | undefined;
  readonly metrics: () => Metrics;
  readonly alerts: () => Promise<readonly Alert[]>;
  readonly prometheus: AskPrometheus;
}

/** The answer of those who are not there, as the settings want it. */
const unmonitored = { problem: "monitoringEnabled is false" } as const;

/** The time in ms for which an answer is good. */
const freshMs = { seen: 2000, slow: 60_000, past: 30_000 } as const;
/** The day that the timeline shows, and the time between two looks at it, in seconds. */
const dayRange = { seconds: 86_400, step: 60 } as const;

/** The charts that the page has. */
const pageCharts: readonly PanelName[] = ["throughput", "latency", "copies", "lag", "disks", "processors"];

/** Looks at the cluster for everybody who has the page open. */
export class Lookout {
  private readonly look = shared(freshMs.seen, () => this.lookNow());
  private readonly slow = shared(freshMs.slow, () => this.askFigures(slowFigures));
  private readonly day = shared(freshMs.past, () => this.askPast());
  private readonly curves = new Map<Span, () => Promise<readonly ChartData[]>>();

  constructor(
    private readonly cluster: ClusterDescription,
    private readonly sources: Sources,
    private readonly now: () => number = Date.now,
  ) {}

  /** All that is known of this moment. Rejects only when the status can't be had, which is a defect. */
  seen(): Promise<Seen> {
    return this.look();
  }

  /** The charts of a span of time that ends now. Never rejects. */
  charts(span: Span): Promise<readonly ChartData[]> {
    const known = this.curves.get(span) ?? shared(Math.min(30, spans[span].step) * 1000, () => this.askCharts(span));
    this.curves.set(span, known);
    return known();
  }

  private async lookNow(): Promise<Seen> {
    const { cluster, sources } = this;
    const [status, alerts, quick, slow, day] = await Promise.all([
      sources.status(),
      cluster.monitored ? answerOf(sources.alerts) : unmonitored,
      this.askFigures(figures),
      this.slow(),
      this.day(),
    ]);
    const at = this.now();
    return {
      at,
      cluster,
      status,
      guardian: guardianOf(sources.guardian),
      metrics: sources.metrics(),
      alerts,
      figures:
        "problem" in quick ? quick : { value: new Map([...quick.value, ...("value" in slow ? slow.value : [])]) },
      past: day,
    };
  }

  /** Asks for figures at once; one alone that fails is left out, for all there is one problem. */
  private async askFigures(queries: Partial<Readonly<Record<FigureName, string>>>): Promise<Answer<Figures>> {
    if (!this.cluster.monitored) return unmonitored;
    const asked = Object.entries(queries).map(async ([name, query]) => {
      return [name as FigureName, await answerOf(() => this.sources.prometheus.now(query))] as const;
    });
    const answers = await Promise.all(asked);
    const found = answers.flatMap(([name, answer]): [FigureName, readonly Sample[]][] =>
      "value" in answer ? [[name, answer.value]] : [],
    );
    const [problem] = answers.flatMap(([, answer]) => ("problem" in answer ? [answer.problem] : []));
    return found.length === 0 && problem !== undefined ? { problem } : { value: new Map(found) };
  }

  private async askPast(): Promise<Answer<Past>> {
    if (!this.cluster.monitored) return unmonitored;
    const { seconds, step } = dayRange;
    // The same moments at each look, so that what has happened stays where it is. The last one has just been, or is
    // near: there Prometheus answers what it knows now.
    const to = Math.ceil(this.now() / 1000 / step) * step;
    const over = (query: string): Promise<Curve[]> =>
      this.sources.prometheus.over(query, { from: to - seconds, to, step });
    return answerOf(async () => {
      const [alerts, out, controller, boots, works] = await Promise.all([
        over(past.alerts),
        over(past.out),
        over(past.controller),
        over(past.boots),
        over(past.works),
      ]);
      return pastOf({ alerts, out, controller, boots, works }, step, (to - seconds) * 1000);
    });
  }

  private async askCharts(span: Span): Promise<readonly ChartData[]> {
    if (!this.cluster.monitored) return [];
    const range = rangeOf(span, this.now());
    return Promise.all(pageCharts.map((name) => chartOf(name, range, this.sources.prometheus)));
  }
}

function guardianOf(read: Sources["guardian"]): Seen["guardian"] {
  try {
    const value = read();
    return value === undefined ? { problem: "it has never looked" } : { value };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

async function answerOf<Value>(ask: () => Promise<Value>): Promise<Answer<Value>> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/**
 * The same question, asked again only when its answer is older than that; who asks meanwhile gets the one under way.
 * @param ms for which an answer is good
 */
export function shared<Value>(ms: number, ask: () => Promise<Value>): () => Promise<Value> {
  let answer: Promise<Value> | undefined;
  let goodUntil = Infinity;
  return () => {
    if (answer !== undefined && performance.now() < goodUntil) return answer;
    goodUntil = Infinity;
    answer = ask().finally(() => (goodUntil = performance.now() + ms));
    return answer;
  };
}
