import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { UserError } from "../settings/userError";

import { repository } from "./repository";

/** The error for a clone whose text files are not as they were committed. */
export function carriageReturns(files: readonly string[]): UserError {
  const names = files.map((file) => relative(repository, file)).join(", ");
  return new UserError(
    `the lines of ${names} end with a carriage return (CR), and with it no script runs on Linux: git has ` +
      "converted the files of this clone. Run `git config core.autocrlf false`, check the files out again (`git " +
      "rm -r --cached --quiet . && git reset --hard`), and start again",
  );
}

/** The content of a text file that goes to a machine. Throws a `UserError` when it has a carriage return. */
export function shippedText(file: string): string {
  const text = readFileSync(file, "utf8");
  if (text.includes("\r")) throw carriageReturns([file]);
  return text;
}
