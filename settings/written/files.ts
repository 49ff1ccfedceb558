import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { clusterArgsText } from "./clusterArgs";
import { withConfigBlock } from "./projectFile";
import { referenceText } from "./reference";

/** What is written from the schema: the text of each file, from the one that it has now. */
const files: Readonly<Record<string, (text: string) => string>> = {
  "Pulumi.yaml": withConfigBlock,
  "docs/settings.md": referenceText,
  "settings/clusterArgs.ts": clusterArgsText,
};

/**
 * The files that are not as the schema has them. @param folder of the project @param write whether they are written,
 * too
 */
export async function outdatedFiles(folder: string, { write }: { readonly write: boolean }): Promise<string[]> {
  const outdated: string[] = [];
  for (const [name, textFrom] of Object.entries(files)) {
    const path = join(folder, name);
    const present = textOf(path);
    const text = await format(textFrom(present), { ...(await resolveConfig(path)), filepath: path });
    if (text === present) continue;
    outdated.push(name);
    if (write) writeFileSync(path, text);
  }
  return outdated;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
