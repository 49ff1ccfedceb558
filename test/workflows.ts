/** The workflows of those who run a cluster: their jobs and steps as the files have them. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "../artifacts/repository";

/** A job of a workflow, with what the tests look at. */
export interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly "timeout-minutes"?: number;
  readonly steps: readonly Step[];
}

/** A step of a job: an action, or a command line. */
export interface Step {
  readonly uses?: string;
  readonly run?: string;
}

/** A workflow with its text. */
export interface Workflow {
  readonly text: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(repository, ".github", "workflows");

/** The names of all workflows' files. */
export const workflowFiles: readonly string[] = readdirSync(folder);

/** The workflows that a company runs; `ci.yml` is the project's own check. */
export const operatorsFiles = ["pull-request.yml", "deploy.yml", "nightly.yml"];

/** Reads a workflow. */
export function readWorkflow(file: string): Workflow {
  const text = readFileSync(join(folder, file), "utf8");
  return { text, ...(parse(text) as Omit<Workflow, "text">) };
}

/**
 * The words of a job's command lines in their order, once for each stack of its matrix.
 * @param summary the file that stands for GITHUB_STEP_SUMMARY
 */
export function commandLines({ strategy, steps }: Job, summary = "summary.md"): string[][] {
  return (strategy?.matrix.stack ?? [""]).flatMap((stack) =>
    steps.flatMap(({ run }) => {
      if (run === undefined) return [];
      const line = run.replaceAll("${{ matrix.stack }}", stack).replaceAll('"$GITHUB_STEP_SUMMARY"', summary);
      return [line.split(/\s+/)];
    }),
  );
}

/** The name of the npm command that the words run, and what it is given: `npm run deploy -- --yes`. */
export function npmCommand(words: readonly string[]): { readonly name: string; readonly args: string[] } | undefined {
  const [npm, run, name, separator, ...args] = words;
  if (npm !== "npm" || run !== "run" || name === undefined) return undefined;
  if (separator !== undefined && separator !== "--") throw new Error(`${words.join(" ")}: -- is missing after ${name}`);
  return { name, args };
}
