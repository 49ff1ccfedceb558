import type { Fault } from "../../settings/faults";
import type { Settings } from "../../settings/settings";

/**
 * The faults of changed names that a cluster keeps for good. Instances of another name refuse its volumes, and with
 * another domain nobody finds it.
 *
 * @param deployed what the stack has now
 */
export function identityFaults(
  settings: Settings,
  deployed: { readonly clusterName?: string; readonly domain?: string },
): Fault[] {
  const { clusterName, stack, network } = settings;
  const fault = (path: string, wanted: string, kept: string | undefined, why: string): Fault[] =>
    kept === undefined || kept === wanted
      ? []
      : [{ path, message: `${wanted} is not ${kept}, which ${why}; set ${path} to ${kept}` }];
  return [
    ...fault(
      "clusterName",
      clusterName,
      deployed.clusterName,
      `the volumes of stack ${stack} belong to, and no instance of another name takes them`,
    ),
    ...fault(
      "dnsDomain",
      network.domain,
      deployed.domain,
      "is in the names by which clients know the brokers, and the brokers each other",
    ),
  ];
}
