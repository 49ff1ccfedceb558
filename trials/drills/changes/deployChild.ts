/**
 * `deployChild.ts CONFIG-FILE`: one update of the local stack, for a drill that is going to kill it. Exit code 1 when
 * it fails.
 */
import { deployStack } from "../../../stack/deploy/deployStack";
import { localStack, stackEnvironment } from "../../../stack/environment";
import { runMain } from "../../../cli/userError";

async function main(): Promise<number> {
  // The drill is no more: Pulumi, which this process would stop, must not go on alone.
  process.stdin.on("end", () => process.exit(1)).resume();
  const { succeeded, error } = await deployStack({
    stack: localStack,
    action: "update",
    yes: true,
    environment: await stackEnvironment(localStack, "ci"),
    configFile: process.argv[2],
    report: (line) => console.log(line),
  });
  if (!succeeded) console.log(error ?? "the update failed");
  return succeeded ? 0 : 1;
}

if (require.main === module) runMain("deploy", main);
