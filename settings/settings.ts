import type { ClientRouteArgs, ClusterSettingsArgs, TopicArgs } from "./clusterArgs";
import type { InstanceFacts, LearnedTypes } from "./instanceTypes";
import type { Place, ValueAt, Values } from "./schema";

/** Values with the documentation that the arguments of a component have. */
type Documented<Value, Args> = Readonly<Value> & { readonly [Name in keyof Args]?: unknown };

/** The lists whose items have a documentation of their own. */
interface Lists {
  readonly topics: readonly TopicSettings[];
  readonly "network.clientRoutes": readonly ClientRoute[];
}

type CheckedAt<At extends string> = At extends keyof Lists ? Lists[At] : ValueAt<At>;

/** Checked values at the places of a component's arguments. */
type Checked<Args, Prefix extends string = ""> = {
  readonly [Name in keyof Args]-?: `${Prefix}${Name & string}` extends Place
    ? CheckedAt<`${Prefix}${Name & string}`>
    : Checked<NonNullable<Args[Name]>, `${Prefix}${Name & string}.`>;
};

/** One topic that the program keeps in the cluster. */
export type TopicSettings = Documented<Values["topics"][number], TopicArgs>;
/** What becomes of a topic's events after `retentionHours`. */
export type CleanupPolicy = TopicSettings["cleanupPolicy"];
/** A route from the nodes' subnets to clients outside the VPC. */
export type ClientRoute = Documented<Values["clientRoutes"][number], ClientRouteArgs>;
/** The load that the cluster is to carry: `planning/capacity` compares the machines with it. */
export type Workload = Settings["workload"];

/**
 * Every setting of a stack, checked: what `parseSettings` gives is a cluster that can be built and can keep its
 * promises.
 */
export interface Settings extends Checked<ClusterSettingsArgs>, LearnedTypes {
  readonly project: string;
  readonly stack: string;
  /** AWS region (`aws:region`). */
  readonly region: string;
}

/** The project, stack and region in which the settings are used. */
export interface SettingsContext {
  readonly project: string;
  readonly stack: string;
  /** `aws:region`; empty or undefined is reported as a fault. */
  readonly region: string | undefined;
  /** What EC2 says of the instance types that settings/instanceTypes.ts lacks. Default: nothing, so they are faults. */
  readonly learnedTypes?: readonly InstanceFacts[];
}
