/** `npm run smoke`: can a client on another host write and read, as an application would? */
import { runCommand } from "../cli/command";
import { eventsOption, reportFile, stackOption } from "../cli/options";
import { writeReport } from "../cli/report";
import { interruptionSignal } from "../cli/interruption";
import { adoptEnvironment, localStack, stackEnvironment } from "../stack/environment";
import { stackOutputs } from "../stack/stackOutputs";
import { printSmoke, smokeTest } from "../trials/smoke";

runCommand(
  {
    name: "smoke",
    about: "Writes events from a client's host of its own and reads them back, as an application would.",
    options: {
      stack: stackOption(localStack),
      events: eventsOption(),
      json: reportFile("write the result as JSON"),
    },
    notes: "exit codes: 0 passed; 1 failed; 2 bad input; 129, 130, 143 interrupted",
  },
  async ({ stack, events, json }) => {
    const environment = await stackEnvironment(stack);
    adoptEnvironment(environment);
    const outputs = await stackOutputs(stack, environment);
    const report = (line: string) => console.log(line);
    const { signal, exitCode } = interruptionSignal();
    const result = await smokeTest(outputs, { events, report, signal });
    printSmoke(result, report);
    writeReport(json, result);
    return result.passed ? 0 : (exitCode() ?? 1);
  },
);
