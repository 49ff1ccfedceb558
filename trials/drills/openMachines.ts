import { opsAccess } from "../../stack/opsAccess";
import { labEndpoint, type Environment } from "../../stack/environment";
import { AwsMachines } from "./awsMachines";
import { LabMachines } from "./labMachines";
import type { Machines } from "./machines";
import { OpsConnection } from "./opsConnection";

/**
 * The machines of a stack that is up. Rejects with a UserError when the ops host does not answer.
 * @param outputs as Pulumi prints them
 * @param environment of the stack, already adopted by this process
 */
export async function openMachines(
  stack: string,
  outputs: Readonly<Record<string, unknown>>,
  environment: Environment,
): Promise<Machines> {
  const connection = new OpsConnection(await opsAccess(outputs, stack));
  try {
    const cluster = await connection.readCluster();
    const endpoint = labEndpoint(environment);
    return endpoint === undefined
      ? new AwsMachines(cluster, connection)
      : new LabMachines(cluster, connection, endpoint);
  } catch (error) {
    connection.close();
    throw error;
  }
}
