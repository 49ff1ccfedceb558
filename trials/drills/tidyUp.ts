import type { StackOutputs } from "../../planning/cluster/outputs";
import { ClientHosts } from "../clientHost/clientHost";
import { cleanUp } from "./faults";
import { lockedJobs } from "./lock";
import type { Machines } from "./machines";
import { stockSettings } from "./stock";

/** Takes away what a drill or benchmark has left that was killed. */
export async function tidyUp(outputs: StackOutputs, machines: Machines, report: (line: string) => void): Promise<void> {
  const stock = stockSettings(machines, report);
  await new ClientHosts(outputs).removeAll(report, lockedJobs);
  await cleanUp(machines, report);
  await machines.runOnNode(machines.cluster.brokers[0]?.name ?? "", "delete-topics");
  if (await stock.applied()) await stock.revert();
}
