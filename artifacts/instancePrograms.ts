import { join } from "node:path";
import { repository } from "./repository";
import { shippedText } from "./shippedText";

const text = (source: string) => shippedText(join(repository, "node", source));

/** The programs that a node needs before it has the node archive. Throws a `UserError` as `shippedText` does. */
export function nodePrograms() {
  return { awsCommand: text("aws.sh"), bootstrap: text("bootstrap.sh") };
}

/** The programs that the ops host needs before it has the ops tools. Throws a `UserError` as `shippedText` does. */
export function opsHostPrograms() {
  return {
    awsCommand: text("aws.sh"),
    bootstrap: text("ops/bootstrap.sh"),
    refreshTools: text("ops/refresh-tools.sh"),
  };
}
