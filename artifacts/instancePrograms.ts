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

/**
 * The services of the ops host: each starts with its tools, and anew with new ones. One that has a socket starts when
 * somebody asks there.
 */
const opsServices = [
  "kafka-guardian.service",
  "kafka-canary.service",
  "kafka-page.service",
  "kafka-page.socket",
] as const;

/** The systemd units of the ops host, by their names. */
export const opsUnits = () => opsServices.map((file) => ({ file, content: text(`ops/${file}`) }));
