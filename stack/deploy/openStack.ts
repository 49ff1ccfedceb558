import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { repository } from "../../artifacts/repository";
import { UserError } from "../../cli/userError";
import { explainPulumiFailure, failureKind } from "../pulumiFailures";
import { hasStackFile, knownStacks } from "../stackFile";
import { PulumiError, type SupervisedPulumi } from "../supervisedPulumi";
import type { Deployment } from "./deployment";

/** The stack; it is made if it has a file here and does not exist yet. */
export async function openStack(
  { stack: name, environment, action, report }: Deployment,
  pulumi: SupervisedPulumi,
): Promise<{ readonly stack: Stack; readonly isNew: boolean }> {
  const options = { pulumiCommand: pulumi.command, envVars: { ...environment } };
  const program = { stackName: name, workDir: repository };
  try {
    return { stack: await LocalWorkspace.selectStack(program, options), isNew: false };
  } catch (error) {
    if (!(error instanceof PulumiError)) throw error;
    if (failureKind(error.stderr) !== "no stack") throw new UserError(explainPulumiFailure(error.stderr, name));
  }
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
    return { stack: await LocalWorkspace.createStack(program, options), isNew: true };
  } catch (error) {
    if (!(error instanceof PulumiError)) throw error;
    throw new UserError(explainPulumiFailure(error.stderr, name));
  }
}
