import { policies, standInPolicy } from "../../policies/documents";
import type { EmulatorProcess } from "./emulatorProcess";

/** The users `deployer` and `ci`, with the rights that policies/ gives them for this cluster, as on the local stack. */
export async function makeClusterUsers(emulator: EmulatorProcess, cluster: string): Promise<void> {
  const names = { cluster, region: "us-east-1", account: "123456789012", domain: "kafka.internal" };
  const { deployer, ci } = policies(names);
  await emulator.user("deployer", Object.values({ ...deployer, ...standInPolicy(names) }));
  await emulator.user("ci", Object.values(ci));
}
