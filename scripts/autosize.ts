/** `npm run autosize`: grows a stack to what its cluster is seen to do; for people, CI and cron. */
import { runCommand } from "../cli/command";
import { flag, reportFile, stackOption, wholeNumber, withDefault } from "../cli/options";
import { writeReport, writeText } from "../cli/report";
import { UsageError } from "../cli/userError";
import { maximumBrokers } from "../settings/networkLayout";
import { gp3 } from "../settings/volumes";
import { proposalMarkdown } from "../stack/autosize/proposalText";
import { autosize, exitCodes } from "../stack/autosize/run";
import { stackWorld } from "../stack/autosize/stackWorld";
import { defaultCooldownHours } from "../stack/autosize/volumeHold";
import { adoptEnvironment, stackEnvironment } from "../stack/environment";
import { requireStackFile } from "../stack/stackFile";
import { deploy } from "../trials/deploy";

/** Long enough to see more than a burst. */
const defaultSeconds = 300;

runCommand(
  {
    name: "autosize",
    usage: ["--stack NAME [--apply | --write] [options]"],
    about:
      "Looks at what the cluster does, proposes larger settings where something is tight, and shows the cost and " +
      "the preview. It grows and never shrinks, one kind of change in a run. Run it while the load is as high as it " +
      "gets.",
    options: {
      stack: stackOption(),
      apply: flag(
        "write the settings into Pulumi.NAME.yaml (commit it) and deploy them; without it nothing is changed",
      ),
      write: flag("write the settings into Pulumi.NAME.yaml and deploy nothing: for a pull request"),
      seconds: withDefault(wholeNumber("N", "how long to look", 5, 3600), String(defaultSeconds)),
      maxVolumeGib: wholeNumber("N", "no volume beyond this (default 16384)", 1, gp3.largestGiB),
      maxCount: wholeNumber("N", "no more brokers than this (default 15)", 1, maximumBrokers),
      maxCostUsd: wholeNumber(
        "N",
        "machines and volumes cost no more than this a month (default: twice what they cost now)",
        1,
        10_000_000,
      ),
      cooldownHours: withDefault(
        wholeNumber("N", "how long a volume rests after a change", 0, 720),
        String(defaultCooldownHours),
      ),
      json: reportFile("write the result as JSON"),
      markdown: reportFile("write what was seen and what is proposed, for a pull request"),
    },
    // 2 is taken: a change is proposed.
    usageExitCode: 1,
    notes: `exit codes: 0 nothing to do, or done, or written; 1 failed; 2 a change is proposed and was not made (no --apply, or the volumes rest);
            3 something is needed that the limits don't allow: a person is to decide`,
  },
  async ({ stack, apply, write, seconds, maxVolumeGib: maxVolumeGiB, maxCount, maxCostUsd, ...rest }) => {
    if (apply && write) throw new UsageError("--apply and --write exclude each other");
    requireStackFile(stack);
    const environment = await stackEnvironment(stack, apply ? "ci" : "operator");
    adoptEnvironment(environment);
    const said: string[] = [];
    const report = (line: string) => {
      said.push(line);
      console.log(line);
    };
    const indented = (line: string) => console.log(`  ${line}`);
    const world = await stackWorld(stack, environment, seconds, indented, () =>
      deploy({ stack, action: "update", yes: true, smoke: "auto", environment, report: indented }),
    );
    const limits = { maxVolumeGiB, maxCount, maxCostUsd };
    const { cooldownHours, json, markdown } = rest;
    const result = await autosize({ stack, apply, write, limits, cooldownHours, report }, world);
    writeReport(json, result);
    writeText(markdown, proposalMarkdown(stack, said));
    if (result.outcome === "failed") console.error(`\nautosize of stack ${stack} FAILED: ${result.because}`);
    else console.log(`autosize of stack ${stack}: ${result.outcome}`);
    return exitCodes[result.outcome];
  },
);
