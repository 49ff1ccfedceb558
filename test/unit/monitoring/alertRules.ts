import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "../../../artifacts/repository";

/** The folder of the alert rules. */
export const rulesFolder = join(repository, "monitoring", "rules");

/** An alert rule as its file has it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary?: string; readonly description?: string; readonly runbook?: string };
}

/** The names of the files of rules. */
export const ruleFiles = (): string[] => readdirSync(rulesFolder).filter((name) => name.endsWith(".yml"));

/** The alerts of a file. Default: of all. */
export function alertRules(...files: readonly string[]): AlertRule[] {
  return (files.length > 0 ? files : ruleFiles()).flatMap((file) => {
    const { groups } = parse(readFileSync(join(rulesFolder, file), "utf8")) as { groups: { rules: AlertRule[] }[] };
    return groups.flatMap(({ rules }) => rules);
  });
}

/** The metrics that an alert reads, its words' queries too. */
export function metricsOf({ expr, annotations }: Pick<AlertRule, "expr" | "annotations">): string[] {
  const queries = [...(annotations.description ?? "").matchAll(/query "([^"]*)"/g)].map(([, query = ""]) => query);
  return metricsIn([expr, ...queries].join("\n"));
}

/** The metrics that an expression reads. */
export function metricsIn(expression: string): string[] {
  const found = expression
    .replace(/"[^"]*"/g, "")
    .match(/\b(?:up|(?:kafka|zookeeper|jvm|jmx|node|process|prometheus|alertmanager)_\w+)\b/g);
  return [...new Set(found ?? [])];
}
