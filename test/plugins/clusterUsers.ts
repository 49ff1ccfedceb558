import { policies, standInPolicy } from "../../policies/documents";
import type { PolicyNames } from "../../policies/scopes";
import type { EmulatorProcess } from "./emulatorProcess";

/** The names in the policies of a cluster of the emulator. */
export const clusterNames = (cluster: string): PolicyNames => ({
  cluster,
  region: "us-east-1",
  account: "123456789012",
  domain: "kafka.internal",
});

/**
 * The users `deployer`, `ci` and `auditor`, with the rights that policies/ gives them for this cluster, as on the local
 * stack.
 */
export async function makeClusterUsers(emulator: EmulatorProcess, cluster: string): Promise<void> {
  const names = clusterNames(cluster);
  const { deployer, ci, auditor } = policies(names);
  const standIn = standInPolicy(names);
  await emulator.user("deployer", Object.values({ ...deployer, ...standIn }));
  await emulator.user("auditor", Object.values({ ...auditor, ...standIn }));
  await emulator.user("ci", Object.values(ci));
}
