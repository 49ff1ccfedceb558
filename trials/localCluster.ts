/** The local stack: the lab with users held to their policies, and the cluster on it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureProgram } from "../artifacts/programs";
import type { StackOutputs } from "../planning/cluster/outputs";
import { policies, standInPolicy } from "../policies/documents";
import { writePolicies } from "../policies/files";
import type { PolicyNames } from "../policies/scopes";
import { defaults } from "../settings/schema";
import { readStackFile } from "../settings/stackFile";
import { adoptEnvironment, localStack, stackEnvironment } from "../stack/environment";
import { runLab } from "../stack/lab";
import { project, stackFile } from "../stack/stackFile";
import type { DeployResult } from "./deploy";

/** Starts the lab, and brings the local stack up on it. What is up is left alone. */
export async function startLocalCluster(events: number, report: (line: string) => void): Promise<DeployResult> {
  // Pulumi's library takes a second to load: while the lab starts.
  const [{ deploy }] = await Promise.all([
    import("./deploy"),
    startLab(),
    // Where it has to be built that takes minutes. If it can't be had, the update says so.
    Promise.all([ensureProgram("prometheus", report), ensureProgram("alertmanager", report)]).catch(() => undefined),
  ]);
  const environment = await stackEnvironment(localStack, "ci");
  adoptEnvironment(environment);
  return deploy({ stack: localStack, action: "update", yes: true, smoke: "auto", events, environment, report });
}

/** Starts the lab with users that may do what policies/ says, and no more. */
async function startLab(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "kafka-users-"));
  try {
    writeLocalPolicies(folder);
    await runLab("start", "--users", folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the policies of the local stack's users. The lab's account has this number. */
function writeLocalPolicies(folder: string): void {
  const { raw, context } = readStackFile(readFileSync(stackFile(localStack), "utf8"), { project, stack: localStack });
  const text = (key: string, otherwise: string): string => {
    const value = raw[key];
    return typeof value === "string" && value !== "" ? value : otherwise;
  };
  const names: PolicyNames = {
    cluster: text("clusterName", `kafka-${localStack}`),
    region: context.region ?? "us-east-1",
    account: "123456789012",
    domain: text("dnsDomain", String(defaults.dnsDomain)),
    vpcId: text("vpcId", "") || undefined,
  };
  const sets = policies(names);
  writePolicies({ ...sets, deployer: { ...sets.deployer, ...standInPolicy(names) } }, folder);
}

/** The text that a person wants to read of a cluster that runs: where it is, how to reach, watch and stop it. */
export function farewell(outputs: StackOutputs, changed: boolean): string {
  const servers = outputs.bootstrapServers.split(",").join("\n                     ");
  const { toleratedBrokerFailures, monthlyCostUsd } = outputs.plan;
  return `
The cluster ${outputs.clusterName} is up${changed ? "" : "; nothing changed"}.

  bootstrap servers  ${servers}
  topics             ${outputs.topics.map(({ name, partitions }) => `${name} (${partitions} partitions)`).join(", ")}
  withstands         the loss of any ${toleratedBrokerFailures} brokers (the same on AWS: about $${Math.round(monthlyCostUsd.total)} a month)

  reach it           npm run ops -- shell          (the ops host: ${outputs.opsHost})
  watch it           npm run ops -- status         npm run lab -- status
  test it            npm run smoke                 writes events from a client's host and reads them back
  its outputs        npm run outputs
  stop it            npm stop                      takes everything down, data included
`;
}
