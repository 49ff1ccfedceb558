import type { SSMClientConfig } from "@aws-sdk/client-ssm";
import { clientSettingsPath, outputsOfParameters } from "../planning/cluster/clientParameters";
import { readClientOutputs, type ClientOutputs } from "../planning/cluster/outputs";

/** Time in ms for all of it. */
const deadlineMs = 20_000;

/**
 * Reads a cluster's settings for clients from SSM Parameter Store, with the credentials of the process: its role has
 * the policy of the output `readClientSettingsPolicyArn`. Throws an error that names the path when nothing is there.
 * @param clusterName `clusterName` of the stack
 * @param client region, credentials and what else the SDK's client is to have. Default: as the environment says
 */
export async function clientOutputsFromParameters(
  clusterName: string,
  client: SSMClientConfig = {},
): Promise<ClientOutputs> {
  // Loaded only by those who ask for it.
  const { paginateGetParametersByPath, SSMClient } = await import("@aws-sdk/client-ssm");
  const Path = clientSettingsPath(clusterName);
  const values: Record<string, string> = {};
  const ssm = new SSMClient(client);
  const abortSignal = AbortSignal.timeout(deadlineMs);
  try {
    const pages = paginateGetParametersByPath({ client: ssm }, { Path, Recursive: true }, { abortSignal });
    for await (const { Parameters = [] } of pages) {
      for (const { Name = "", Value = "" } of Parameters) values[Name.slice(Path.length + 1)] = Value;
    }
  } catch (error) {
    throw new Error(`${Path} in Parameter Store can't be read: ${(error as Error).message}`, { cause: error });
  } finally {
    ssm.destroy();
  }
  if (Object.keys(values).length === 0) {
    throw new Error(
      `no parameters below ${Path}: is the cluster ${clusterName} deployed, in this account and region? ` +
        "They appear when it is ready",
    );
  }
  return readClientOutputs(outputsOfParameters(values));
}
