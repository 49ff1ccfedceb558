/** What the page is made from: the answers of all that it asks, or the reasons for which there are none. */
import type { FigureName } from "../../monitoring/queries";
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import type { Memory } from "../guardian/memory";
import type { ClusterStatus } from "../status";
import type { Metrics } from "./metricsFiles";
import type { Sample } from "./prometheus";

/** The answer of somebody who was asked, or the reason for which there is none. */
export type Answer<Value> = { readonly value: Value } | { readonly problem: string };

/** An alert that fires. */
export interface Alert {
  readonly name: string;
  /** `page`: a person now; `ticket`: a person in working hours. */
  readonly severity: "page" | "ticket";
  /** The node that it is about; undefined when it is about the cluster. */
  readonly node?: string;
  readonly summary: string;
  readonly description: string;
  /** The section of the runbook: `docs/runbook.md#brokerdown`. */
  readonly runbook?: string;
  /** Since when it fires, ms since 1970. */
  readonly since: number;
}

/** A stretch of time in which something was so, ms since 1970. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What happened within the last day. */
export interface Past {
  /** When an alert fired, by its name and the node that it is about. */
  readonly alerts: readonly (Stretch & { readonly name: string; readonly node?: string; readonly severity: string })[];
  /** When a node was out, by the guardian. */
  readonly out: readonly (Stretch & { readonly node: string })[];
  /** Who was the controller. */
  readonly controllers: readonly (Stretch & { readonly node: string })[];
  /** When a node's machine began anew. */
  readonly boots: readonly { readonly node: string; readonly at: number }[];
  /** When a roll or the moving of copies was under way. */
  readonly works: readonly (Stretch & { readonly program: string })[];
}

/** Figures by the name of their query; one whose query failed is not there. */
export type Figures = ReadonlyMap<FigureName, readonly Sample[]>;

/** All that the page knows at one moment. */
export interface Seen {
  /** ms since 1970. */
  readonly at: number;
  readonly cluster: ClusterDescription;
  readonly status: ClusterStatus;
  readonly guardian: Answer<Memory>;
  /** What the programs of the ops host say of themselves. */
  readonly metrics: Metrics;
  readonly alerts: Answer<readonly Alert[]>;
  readonly figures: Answer<Figures>;
  readonly past: Answer<Past>;
}

/** The value of an answer, if there is one. */
export function valueOf<Value>(answer: Answer<Value>): Value | undefined {
  return "value" in answer ? answer.value : undefined;
}
