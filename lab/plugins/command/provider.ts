import { randomBytes } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import * as path from "node:path";
import { Readable } from "node:stream";
import { z } from "zod";

import { Refusal } from "../aws/core/errors";
import type { PropertyMap } from "../aws/core/propertyValues";
import { isAsset } from "../aws/core/propertyValues";
import type { LocalProvider, LocalResource, Operation } from "../common/localResource";
import { connectionSchema } from "./connection";
import { runRemotely } from "./ssh";
import { quoted } from "../../shellQuoting";

const text = z.string().optional();
const triggers = z.array(z.unknown()).optional();

const logging = z.enum(["stdout", "stderr", "stdoutAndStderr", "none"]).optional();

/** A command on a host. */
const command: LocalResource = {
  token: "command:remote:Command",
  inputs: {
    connection: connectionSchema,
    create: text,
    update: text,
    delete: text,
    stdin: text,
    triggers,
    logging,
    addPreviousOutputInEnv: z.boolean().optional(),
    environment: z.undefined({
      error:
        "environment is not supported by the local stand-in (SSH servers refuse it): write NAME=value in the command",
    }),
  },
  outputs: ["stdout", "stderr"],
  secretBy: ["create", "update", "stdin"],
  replaces: (changed, { update }) => changed === "triggers" && update === undefined,
  create: async (operation, inputs) => ({
    id: uniqueId(operation.name),
    outputs: await runCommand(operation, inputs, inputs.create),
  }),
  update: (operation, inputs) => runCommand(operation, inputs, inputs.update ?? inputs.create),
  delete: async (operation, state) => {
    await runCommand(operation, state, state.delete);
  },
};

async function runCommand(operation: Operation, inputs: PropertyMap, commandLine: unknown): Promise<PropertyMap> {
  if (typeof commandLine !== "string") return { stdout: "", stderr: "" };
  const shown = (inputs.logging as string | undefined) ?? "stdoutAndStderr";
  const result = await runRemotely({
    connection: connectionSchema.parse(inputs.connection),
    command: commandLine,
    ...(typeof inputs.stdin === "string" ? { input: () => Readable.from([inputs.stdin]) } : {}),
    signal: operation.signal,
    log: (line) => operation.log(line),
    onLine: (source, line) => {
      if (shown.toLowerCase().includes(source)) operation.log(line);
    },
  });
  return { ...result };
}

/** A file that is put on a host. */
const copyToRemote: LocalResource = {
  token: "command:remote:CopyToRemote",
  inputs: {
    connection: connectionSchema,
    source: z.unknown().refine(isAsset, {
      error: "must be a FileAsset or a StringAsset (archives are not supported by the local stand-in)",
    }),
    remotePath: z.string().min(1),
    triggers,
  },
  outputs: [],
  replaces: (changed) => changed === "triggers",
  create: async (operation, inputs) => {
    await copy(operation, inputs);
    return { id: uniqueId(""), outputs: {} };
  },
  update: async (operation, inputs) => {
    await copy(operation, inputs);
    return {};
  },
};

/**
 * Writes to a name beside the wanted one, and checks the length there: a broken connection looks to `cat` like the end.
 * The file is seen under its own name only when it is complete.
 */
const receive = `
set -eu
if [ -d "$path" ]; then
  [ -n "$base" ] || { echo "$path is a folder: with a StringAsset, remotePath must name a file" >&2; exit 1; }
  path="\${path%/}/$base"
fi
mkdir -p -- "$(dirname -- "$path")"
trap 'rm -f -- "$path.part"' EXIT
cat >"$path.part"
[ "$(wc -c <"$path.part")" -eq "$bytes" ] || { echo "the copy to $path was cut" >&2; exit 1; }
mv -f -- "$path.part" "$path"
`;

async function copy(operation: Operation, inputs: PropertyMap): Promise<void> {
  const { source, remotePath } = inputs as { source: unknown; remotePath: string };
  if (!isAsset(source)) throw new Refusal("source is not an asset");
  const { path: file, text: content } = source;
  if (file === undefined && content === undefined) throw new Refusal("source must be a FileAsset or a StringAsset");
  const fromFile = file !== undefined && file !== "";
  const bytes = fromFile ? statSync(file).size : Buffer.byteLength(content ?? "");
  const base = fromFile ? path.basename(file) : "";
  const settings = `path=${quoted(remotePath)} base=${quoted(base)} bytes=${bytes}`;
  await runRemotely({
    connection: connectionSchema.parse(inputs.connection),
    command: `sh -c ${quoted(`${settings}\n${receive}`)}`,
    input: () => (fromFile ? createReadStream(file) : Readable.from([Buffer.from(content ?? "")])),
    signal: operation.signal,
    log: (line) => operation.log(line),
    onLine: () => undefined,
  });
}

function uniqueId(name: string): string {
  return name + randomBytes(4).toString("hex");
}

/** Stands in for the command provider. */
export const commandProvider: LocalProvider = {
  name: "command",
  version: "1.2.1",
  resources: [command, copyToRemote],
};
