import { LocalWorkspace, type Stack, type Workspace } from "@pulumi/pulumi/automation";
import { repository } from "../../artifacts/repository";
import { UserError } from "../../cli/userError";
import { removeEmptyAttributes } from "../fileBackend";
import { explainPulumiFailure, failureKind } from "../pulumiFailures";
import { hasStackFile, knownStacks } from "../stackFile";
import { PulumiError, type SupervisedPulumi } from "../supervisedPulumi";
import type { Deployment } from "./deployment";

/** The address of the back end that Pulumi uses. */
export async function backendUrl(environment: Deployment["environment"], workspace: Workspace): Promise<string> {
  return environment.PULUMI_BACKEND_URL ?? (await workspace.whoAmI()).url ?? "";
}

type Opened = Pick<Deployment, "stack" | "environment">;

const optionsOf = ({ environment }: Opened, pulumi: SupervisedPulumi) => ({
  pulumiCommand: pulumi.command,
  envVars: { ...environment },
});
const programOf = ({ stack }: Opened) => ({ stackName: stack, workDir: repository });

/** The stack; undefined when it does not exist. Throws a UserError. */
export async function existingStack(opened: Opened, pulumi: SupervisedPulumi): Promise<Stack | undefined> {
  try {
    return await LocalWorkspace.selectStack(programOf(opened), optionsOf(opened, pulumi));
  } catch (error) {
    if (!(error instanceof PulumiError)) throw error;
    const kind = failureKind(error.stderr);
    if (kind === "no stack") return undefined;
    if (kind === "empty attributes" && (await freeOfEmptyAttributes(opened, pulumi)))
      return existingStack(opened, pulumi);
    throw new UserError(explainPulumiFailure(error.stderr, opened.stack));
  }
}

/** @returns whether there were any */
async function freeOfEmptyAttributes(opened: Opened, pulumi: SupervisedPulumi): Promise<boolean> {
  const workspace = await LocalWorkspace.create({ workDir: repository, ...optionsOf(opened, pulumi) });
  return removeEmptyAttributes(await backendUrl(opened.environment, workspace));
}

/** The stack; it is made if it has a file here and does not exist yet. */
export async function openStack(
  deployment: Deployment,
  pulumi: SupervisedPulumi,
): Promise<{ readonly stack: Stack; readonly isNew: boolean }> {
  const { stack: name, action, report } = deployment;
  const there = await existingStack(deployment, pulumi);
  if (there !== undefined) return { stack: there, isNew: false };
  if (action === "destroy") throw new UserError(`stack ${name} does not exist: there is nothing to destroy`);
  if (!hasStackFile(name)) {
    throw new UserError(
      `stack ${name} does not exist, and neither does Pulumi.${name}.yaml; there are files for ` +
        `${knownStacks().join(", ")}. For a new stack copy Pulumi.prod.yaml to Pulumi.${name}.yaml, or run \`pulumi ` +
        `stack init ${name}\` to begin with the defaults`,
    );
  }
  report(`stack ${name} does not exist yet: making it`);
  try {
    const stack = await LocalWorkspace.createStack(programOf(deployment), optionsOf(deployment, pulumi));
    return { stack, isNew: true };
  } catch (error) {
    if (!(error instanceof PulumiError)) throw error;
    throw new UserError(explainPulumiFailure(error.stderr, name));
  }
}
