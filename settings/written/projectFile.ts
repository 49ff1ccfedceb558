import { stringify } from "yaml";
import { sections } from "../schema";
import type { Setting, SettingType } from "../schema/setting";

/** As Pulumi calls them; it has no type for a number with a fraction. */
const pulumiTypes: Readonly<Record<SettingType, object>> = {
  text: { type: "string" },
  integer: { type: "integer" },
  number: {},
  boolean: { type: "boolean" },
  list: { type: "array", items: { type: "string" } },
  objects: { type: "array", items: { type: "object" } },
  map: { type: "object" },
};

/** The text of Pulumi.yaml with the schema's settings as its block `config`; all else stays as it is. */
export function withConfigBlock(text: string): string {
  const start = /^config:\n/m.exec(text);
  if (!start) throw new Error("Pulumi.yaml has no block config");
  const body = start.index + start[0].length;
  const next = /^[^\s#]/m.exec(text.slice(body));
  return text.slice(0, body) + configEntries() + (next ? text.slice(body + next.index) : "");
}

function configEntries(): string {
  const parts = sections.map(({ title, settings }) => {
    const entries = Object.entries<Setting>(settings).map(([key, { type, default: value, description }]) =>
      stringify({ [key]: { ...pulumiTypes[type], default: value, description } }, { lineWidth: 110 }),
    );
    return `# ${title}\n${entries.join("")}`.replace(/^(?=.)/gm, "  ");
  });
  return parts.join("\n");
}
