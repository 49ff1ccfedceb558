/** What the page's program in the browser is told. Types only: both sides import them. */

/** The answer to `/now`: the state, each few seconds. */
export interface NowAnswer {
  /** The ops host's clock, ms since 1970. */
  readonly at: number;
  readonly level: "well" | "degraded" | "broken" | "unknown";
  /** Whether the stack has Prometheus and Alertmanager. */
  readonly monitored: boolean;
  /** The tab's title. */
  readonly title: string;
  /** The HTML of each part of the page, by the id of its element. */
  readonly parts: Readonly<Record<string, string>>;
}

/** The answer to `/charts?span=1h`. */
export interface ChartsAnswer {
  readonly charts: readonly ChartData[];
}

/** A chart, ready to be drawn. */
export interface ChartData {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly unit: string;
  /** Seconds since 1970, one for each value of a line. */
  readonly times: readonly number[];
  /** Null where nothing was measured. */
  readonly lines: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
  /** The reason for which it can't be shown. */
  readonly problem?: string;
}
