/** `npm run drift`: what somebody has changed in AWS beside Pulumi; for people, CI and cron. */
import { runCommand } from "../cli/command";
import { reportFile, stackOption } from "../cli/options";
import { writeReport } from "../cli/report";
import { driftExitCode, findDrift } from "../stack/drift/drift";
import { driftText } from "../stack/drift/driftText";
import { adoptEnvironment, stackEnvironment } from "../stack/environment";

runCommand(
  {
    name: "drift",
    usage: ["--stack NAME [--json FILE]"],
    about:
      "Compares what AWS has with what the stack's state says, and names each property that differs. It changes " +
      "nothing, takes no lock, and needs the rights of policies/auditor.",
    options: { stack: stackOption(), json: reportFile("write the result as JSON") },
    // 2 is taken: something differs.
    usageExitCode: 1,
    notes: "exit codes: 0 nothing differs; 1 not everything could be looked at; 2 something differs",
  },
  async ({ stack, json }) => {
    const environment = await stackEnvironment(stack, "ci");
    adoptEnvironment(environment);
    const drift = await findDrift({ stack, environment, report: (line) => console.log(line) });
    writeReport(json, drift);
    console.log(driftText(drift));
    return driftExitCode(drift);
  },
);
