import type { Change } from "../../planning/autosize/autosize";
import { withConfig } from "../../settings/stackFile";
import { project } from "../stackFile";

/** The text of a stack's file with the changes in it; comments and all else stay as they are. */
export function withChanges(text: string, changes: readonly Pick<Change, "key" | "to">[]): string {
  return withConfig(text, Object.fromEntries(changes.map(({ key, to }) => [key, to])), { project });
}
