import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Measurements } from "../../planning/autosize/measurements";
import { nodeJs, opsTools } from "../../planning/cluster/names";
import { sshOptions } from "../../planning/cluster/sshOptions";
import { sshFiles, type OpsAccess } from "../opsAccess";
import { UserError } from "../../cli/userError";

const amount = z.number().min(0);

const schema: z.ZodType<Measurements> = z.object({
  seconds: amount,
  brokers: z
    .array(
      z.object({
        node: z.string(),
        usedBytes: amount,
        writtenBytesPerDay: amount,
        receivedBytesPerSecond: amount,
        sentBytesPerSecond: amount,
        diskBytesPerSecond: amount,
        diskReadBytesPerSecond: amount,
        diskOperationsPerSecond: amount,
        busyCpus: amount,
        busiestThread: amount,
      }),
    )
    .min(1),
  zookeeper: z.array(z.object({ node: z.string(), usedBytes: amount })),
});

/** Seconds for the two observations of all nodes and what goes with them, on top of the time between them. */
const marginSeconds = 200;

/** Runs `kafka-ops measure` on the ops host. Rejects with a UserError that has what it says when it fails. */
export async function measureStack(
  access: OpsAccess,
  seconds: number,
  report: (line: string) => void,
): Promise<Measurements> {
  const files = sshFiles(access);
  const command = [
    nodeJs.command,
    opsTools.bundle,
    "measure",
    "--seconds",
    String(seconds),
    "--cluster",
    opsTools.cluster,
  ];
  try {
    const child = spawn("ssh", [...files.options, ...sshOptions({ BatchMode: "yes" }), access.target, ...command], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: (seconds + marginSeconds) * 1000,
    });
    let printed = "";
    const said: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (part: string) => (printed += part));
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      report(line);
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (code === 0) return parseMeasurements(printed);
    const why = said.slice(-20).join("\n") || "it said nothing";
    throw new UserError(`measuring on the ops host ${access.target} failed (${code ?? "no end in time"}): ${why}`);
  } finally {
    files.remove();
  }
}

/** Throws a UserError that tells what is wrong with the text. */
export function parseMeasurements(text: string): Measurements {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UserError(`kafka-ops measure printed something else than a measurement: ${text.slice(0, 500)}`);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new UserError(`kafka-ops measure printed something else than a measurement:\n${z.prettifyError(result.error)}`);
}
