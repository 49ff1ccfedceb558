/** Whether the brokers that a removal leaves could carry what producers send. */
import type { Measurements } from "../planning/autosize/measurements";
import { megabytes } from "../planning/cluster/figures";
import type { DeployedPlan } from "../planning/cluster/outputs";
import { measureStack } from "./autosize/measureStack";
import { opsAccess } from "./opsAccess";
import type { Environment } from "./environment";
import { rawStackOutputs } from "./stackOutputs";

/** Measures the load of a stack's brokers. */
export type MeasureLoad = (
  stack: string,
  environment: Environment,
  report: (line: string) => void,
) => Promise<Pick<Measurements, "brokers">>;

/** Seconds of a measurement: moving the copies takes minutes at least, beside which this is little. */
const seconds = 20;

/** Measures the load by `kafka-ops measure` on the ops host. */
export const measureLoad: MeasureLoad = async (stack, environment, report) =>
  measureStack(await opsAccess(await rawStackOutputs(stack, environment), stack), seconds, report);

/**
 * The reason for which they could not, by the rule that the plan goes by: with a zone lost too, the others must carry
 * it all. Undefined when they could. Pure.
 *
 * @param plan of the smaller cluster
 */
export function overload(plan: DeployedPlan, { brokers }: Pick<Measurements, "brokers">): string | undefined {
  const { maxIngestMBps, limitedBy } = plan.brokerLoad;
  // Each copy is received once.
  const sent = brokers.reduce((sum, broker) => sum + broker.receivedBytesPerSecond, 0) / plan.replicationFactor;
  const capacity = maxIngestMBps.oneZoneLost * 1e6;
  if (sent <= capacity) return undefined;
  return (
    `producers send ${megabytes(sent)}, and the brokers that stay would carry ${megabytes(capacity)} with a zone ` +
    `lost (limit: ${limitedBy}): keep more brokers, or give them larger machines or volumes first`
  );
}
