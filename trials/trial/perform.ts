/** A trial from its first question to its table, and the command that removes what one has left behind. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { standingCost } from "../../planning/cluster/cost";
import type { Settings } from "../../settings/settings";
import { confirmed } from "../../cli/confirm";
import { Interrupted } from "../drills/interruptible";
import { interruptedExitCode, listenForInterruption } from "../drills/interruption";
import { adoptEnvironment, localStack, stackEnvironment } from "../../stack/environment";
import { runLab } from "../../stack/lab";
import { settingsOf, stackFile } from "../../stack/stackFile";
import { explain, UserError } from "../../cli/userError";
import type { TrialRequest } from "./arguments";
import { assumptions } from "./assumptions";
import { remains, takeDown, type TrialRemains } from "./clean";
import { trialHome } from "./home";
import { leftoversText } from "./leftovers";
import { trialNames } from "./names";
import { ownCidr, zonesWith } from "./regionFacts";
import { hasPassed, trialText, type TrialResult } from "./report";
import { carryOut, Findings } from "./run";
import { labStackText, trialStackText } from "./stackText";
import { verdicts } from "./verdicts";

/** Hours that a trial on AWS may take; it is done sooner. */
const mostHours = 2;

type Report = (line: string) => void;

/**
 * Makes the trial that is asked for, or cleans up.
 * @returns the command's exit code
 */
export async function performTrial(request: TrialRequest, report: Report): Promise<number> {
  const names = trialNames(request);
  const { environment, place } = await trialHome(await placeEnvironment(request, names.stack));
  adoptEnvironment(environment);
  const trial: TrialRemains = { names, region: request.region, environment, report };
  return request.kind === "clean" ? clean(request, trial) : run(request, trial, place);
}

async function placeEnvironment({ kind, place, region }: TrialRequest, stack: string) {
  if (place === "lab") {
    // Where no lab is, nothing can be left in it.
    if (kind === "trial") await runLab("start");
    return stackEnvironment(localStack, "owner");
  }
  return { ...(await stackEnvironment(stack)), AWS_REGION: region, AWS_DEFAULT_REGION: region };
}

async function clean(request: TrialRequest, trial: TrialRemains): Promise<number> {
  const { report, names } = trial;
  const there = await remains(trial);
  if (there.length === 0) {
    report(`nothing is left of a trial (${names.clusterName})`);
    return 0;
  }
  for (const { kind, id } of there) report(`${kind} ${id}`);
  if (request.place === "aws" && !request.yes) {
    await confirmed(`remove all of this? Type ${names.clusterName}: `, names.clusterName, "what is left is removed");
  }
  const started = Date.now();
  await takeDown(trial);
  report(`removed in ${Math.round((Date.now() - started) / 1000)} s: ${leftoversText(there)}`);
  return 0;
}

async function run(request: TrialRequest, trial: TrialRemains, home: string): Promise<number> {
  const { names, environment, report } = trial;
  const { stack } = names;
  const there = await remains(trial);
  if (there.length > 0) {
    throw new UserError(
      `there is something of an earlier trial, or of one that runs elsewhere now: ${leftoversText(there)}; ` +
        `\`${names.cleanCommand}\` shows and removes it`,
    );
  }
  const text = await stackText(request, trial);
  const settings = settingsOf(text, stack, request.region);
  if (settings === undefined) throw new Error("the trial's settings have something encrypted");
  report(introduction(request, settings, names.cleanCommand, home));
  if (request.place === "aws" && !request.yes)
    await confirmed(`begin, for about $${cost(settings).toFixed(2)}? Type yes: `, "yes", "anything is made");

  const started = Date.now();
  const findings = new Findings();
  const signal = listenForInterruption(report, {
    first: "interrupted: taking down what was made; once more ends at once, and leaves it",
    second: `ending at once: \`${names.cleanCommand}\` removes what was made`,
  });
  writeFileSync(stackFile(stack), text, { mode: 0o600 });
  let error: string | undefined;
  try {
    await carryOut({ stack, environment, report, signal }, findings);
  } catch (caught) {
    error = caught instanceof Interrupted ? "interrupted" : explain(caught);
    report(`the trial ends here: ${error}`);
  }
  const left = await end(trial, findings);
  const rest = {
    place: request.place,
    region: request.region,
    stack,
    startedAt: new Date(started).toISOString(),
    seconds: Math.round((Date.now() - started) / 1000),
    steps: findings.steps,
    assumptions: verdicts(assumptions, findings.observations, request.place),
    left,
    error,
  };
  const result: TrialResult = { passed: hasPassed(rest), ...rest };
  if (request.json !== undefined) writeFileSync(request.json, `${JSON.stringify(result, null, 2)}\n`);
  report(`\n${trialText(result)}`);
  if (left.length > 0) report(`\nNOT ALL OF IT IS GONE: \`${names.cleanCommand}\` tries again\n${left.join("\n")}`);
  report(`\nthe trial ${result.passed ? "passed" : "FAILED"}`);
  return signal.aborted ? interruptedExitCode : result.passed ? 0 : 1;
}

/**
 * Takes everything down.
 * @returns why not all of it is gone
 */
async function end(trial: TrialRemains, findings: Findings): Promise<string[]> {
  trial.report("\n== destroy");
  const started = Date.now();
  const step = (rest: { result?: string; error?: string }) =>
    findings.steps.push({ name: "destroy", seconds: Math.round((Date.now() - started) / 1000), ...rest });
  try {
    const { swept, destroyError } = await takeDown(trial);
    if (destroyError === undefined)
      findings.see({ id: "nothing-left", seen: swept.length === 0 ? "nothing" : leftoversText(swept) });
    step(destroyError === undefined ? { result: "all of it is gone" } : { error: destroyError });
    return [];
  } catch (error) {
    step({ error: explain(error) });
    return [explain(error)];
  }
}

async function stackText(request: TrialRequest, { names }: TrialRemains): Promise<string> {
  const template = readFileSync(join(__dirname, "settings.yaml"), "utf8");
  const { clusterName } = names;
  if (request.place === "lab") return labStackText(template, readFileSync(stackFile(localStack), "utf8"), clusterName);
  const { region } = request;
  const place = { region, clusterName, zones: [`${region}a`, `${region}b`, `${region}c`] };
  // The types are the settings', which say nothing of zones yet.
  const draft = settingsOf(trialStackText(template, { ...place, sshCidr: "203.0.113.0/24" }), names.stack, region);
  if (draft === undefined) throw new Error("the trial's template has something encrypted");
  const types = new Set([draft.brokers.instanceType, draft.zookeeper.instanceType, draft.opsHost.instanceType]);
  const [zones, sshCidr] = await Promise.all([zonesWith([...types], region), request.sshCidr ?? ownCidr()]);
  return trialStackText(template, { ...place, zones, sshCidr });
}

/** USD of a trial that takes as long as it may. */
function cost(settings: Settings): number {
  const { hourly, monthly } = standingCost(settings);
  return hourly * mostHours + monthly;
}

function introduction(request: TrialRequest, settings: Settings, cleanCommand: string, home: string): string {
  const { brokers, zookeeper, region, access, clusterName } = settings;
  const { hourly, monthly } = standingCost(settings);
  return [
    `A trial of the program ${request.place === "lab" ? "in the lab" : `in ${region}`}: cluster ${clusterName}, ` +
      `${brokers.count} brokers (${brokers.instanceType}), ${zookeeper.count} ZooKeeper nodes and an ops host, ` +
      `which ${access.sshCidrs.join(", ")} may reach by SSH.`,
    `On AWS it costs about $${cost(settings).toFixed(2)}: $${hourly.toFixed(2)} an hour for up to ${mostHours} ` +
      `hours, and $${monthly.toFixed(2)} for a DNS zone (which AWS does not bill if it is gone within 12 hours). ` +
      "Prices of us-east-1, taxes not included.",
    `Its state is in ${home}. Whatever ends this command, \`${cleanCommand}\` removes what is left.`,
  ].join("\n");
}
