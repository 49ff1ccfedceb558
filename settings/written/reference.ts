import { sections } from "../schema";
import type { Field, Setting } from "../schema/setting";

const introduction = `# Settings

Every setting of a stack. Set one with \`pulumi config set brokerCount 7\`, an entry of a list with
\`pulumi config set --path 'sshCidrs[0]' 203.0.113.7/32\`, or in \`Pulumi.<stack>.yaml\` as \`brokerCount: 7\`.
\`npm run settings -- --stack NAME\` shows what a stack has, and where each value comes from. \`aws:region\` must be set too.

Written from [\`settings/schema\`](../settings/schema) by \`npm run settings -- --write\`. Prices are those of us-east-1.
`;

/** The text of docs/settings.md: a paragraph for each setting, as most are too long for the cell of a table. */
export function referenceText(): string {
  const parts = sections.map(({ title, settings }) => {
    const entries = Object.entries<Setting>(settings).flatMap(([key, setting]) => [
      `- ${entry(key, setting)}`,
      ...Object.entries(setting.items?.fields ?? {}).map(([name, field]) => `  - ${entry(`${key}[].${name}`, field)}`),
    ]);
    return `## ${title}\n\n${entries.join("\n")}\n`;
  });
  return [introduction, ...parts].join("\n");
}

function entry(name: string, { type, unit, default: value, description }: Field): string {
  const shownType = type === "objects" ? "list of maps" : type === "list" ? "list of texts" : type;
  const about = [shownType, ...(unit ? [unit] : []), shownDefault(value)].join(", ");
  return `**\`${name}\`** (${about}): ${description.replace(/[<>]/g, "\\$&")}`;
}

function shownDefault(value: unknown): string {
  if (value === undefined) return "must be given";
  if (value === "") return "default empty";
  if (Array.isArray(value) && value.length > 0) return `default ${value.map(shownItem).join(", ")}`;
  return typeof value === "object" ? "default none" : `default ${code(JSON.stringify(value).replaceAll('"', ""))}`;
}

function shownItem(item: unknown): string {
  if (typeof item === "string") return code(item);
  const fields = Object.entries(item as Readonly<Record<string, string | number>>);
  return code(fields.map(([name, value]) => `${name}: ${value}`).join(", "));
}

const code = (text: string): string => `\`${text}\``;
