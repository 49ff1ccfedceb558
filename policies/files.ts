import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Policies, PolicySet } from "./documents";

/**
 * Writes `FOLDER/deployer/ec2.json` and so on.
 * @returns the files
 */
export function writePolicies(sets: Policies, folder: string): string[] {
  return Object.entries<PolicySet>({ ...sets }).flatMap(([who, set]) => {
    mkdirSync(join(folder, who), { recursive: true });
    return Object.entries(set).map(([file, document]) => {
      const path = join(folder, who, file);
      writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
      return path;
    });
  });
}
