import { withArgumentPaths } from "../nesting";
import { settingKeys, settingOf } from "../schema";
import { groups } from "../schema/groups";
import type { Field, Setting } from "../schema/setting";
import { wrapped } from "../wrapped";

/** The text of settings/clusterArgs.ts, before it is formatted. */
export function clusterArgsText(): string {
  const fields = new Map<string, string[]>();
  const root: string[] = [];
  const items: string[] = [];
  for (const key of settingKeys) {
    const setting = settingOf(key);
    const [group = "", name] = setting.place.split(".");
    if (setting.items) items.push(itemInterface(setting.items));
    if (name === undefined) root.push(argument(group, setting));
    else fields.set(group, [...(fields.get(group) ?? []), argument(name, setting)]);
  }
  const interfaces = [...fields].map(([group, lines]) => {
    const { type, description } = groups[group] ?? {};
    if (type === undefined || description === undefined) throw new Error(`${group} is missing in schema/groups.ts`);
    root.push(`${comment(description)}readonly ${group}?: ${type};`);
    return interfaceText(type, description, lines);
  });
  return [
    'import type * as pulumi from "@pulumi/pulumi";',
    "/*\n * Written from settings/schema by `npm run settings -- --write`: change it there.\n */",
    ...items,
    ...interfaces,
    interfaceText("ClusterSettingsArgs", "The settings of a cluster; only `access.sshCidrs` must be given.", root),
  ].join("\n\n");
}

function interfaceText(name: string, description: string, lines: readonly string[]): string {
  return `${comment(description)}export interface ${name} {\n${lines.join("\n")}\n}`;
}

function argument(name: string, setting: Setting): string {
  return `${documentation(setting)}readonly ${name}?: ${typeText(setting)};`;
}

function itemInterface({ type, description, fields }: NonNullable<Setting["items"]>): string {
  const lines = Object.entries(fields).map(
    ([name, field]) => `${documentation(field)}readonly ${name}${"default" in field ? "?" : ""}: ${typeText(field)};`,
  );
  return interfaceText(type, description, lines);
}

/** The TypeScript type of a field: plain, or an Input all the way down. */
function typeText(field: Field & Pick<Setting, "items">): string {
  const input = (text: string): string => (field.plain ? text : `pulumi.Input<${text}>`);
  const texts = field.values?.map((value) => JSON.stringify(value)).join(" | ") ?? "string";
  switch (field.type) {
    case "text":
      return input(texts);
    case "integer":
    case "number":
      return input("number");
    case "boolean":
      return input("boolean");
    case "list":
      return input(`readonly ${input(texts)}[]`);
    case "objects":
      return input(`readonly ${field.items?.type}[]`);
    case "map":
      return input(`Readonly<Record<string, ${input("string")}>>`);
  }
}

function documentation({ description, unit, default: value, example }: Field & Pick<Setting, "example">): string {
  const inUnit = unit && typeof value === "number" ? ` (${unit})` : "";
  const tags = [
    ...(value === undefined || value === null || value === "" ? [] : [`@default ${shown(value)}${inUnit}`]),
    ...(example === undefined ? [] : [`@example ${shown(example)}`]),
  ];
  return comment(withArgumentPaths(description), tags);
}

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const lineLength = 114;

/** A doc comment, its lines within the project's limit. */
function comment(text: string, tags: readonly string[] = []): string {
  const lines = [...wrapped(text, lineLength), ...(tags.length > 0 ? ["", ...tags] : [])];
  return lines.length === 1
    ? `/** ${text} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */\n`;
}
