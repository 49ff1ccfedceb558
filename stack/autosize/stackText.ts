import { parseDocument } from "yaml";
import type { Change } from "../../planning/autosize/autosize";
import { project } from "../stackFile";

/** The text of a stack's file with these settings in it; comments and all else stay as they are. */
export function withChanges(text: string, changes: readonly Pick<Change, "key" | "to">[]): string {
  const document = parseDocument(text);
  if (document.has("config") && document.get("config") === undefined) document.delete("config");
  for (const { key, to } of changes) document.setIn(["config", `${project}:${key}`], to);
  return document.toString({ lineWidth: 0 });
}
