import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type YAMLError } from "yaml";
import { SettingsError, throwFaults, type Fault } from "./faults";
import { parseJsonText } from "./fields";
import { fullKey, namespaceFault } from "./namespaces";
import { schema, settingOf, type SettingKey } from "./schema";
import type { SettingsContext } from "./settings";
import { sealedKey } from "./sshKeys";

/** The keys that Pulumi keeps in a stack's file (its `ProjectStack`). */
const topLevelKeys: readonly string[] = ["config", "environment", "secretsprovider", "encryptedkey", "encryptionsalt"];

/** The project and the stack that a file is of. */
export interface StackNames {
  readonly project: string;
  readonly stack: string;
}

/** A stack's file, read as Pulumi reads it. */
export interface StackFile {
  /** The project's keys without its name, as the program gets them; a private key stands for what is encrypted. */
  readonly raw: Record<string, unknown>;
  readonly context: SettingsContext;
  /** The keys whose value, or a part of it, only Pulumi can read. */
  readonly encrypted: readonly string[];
  /** Whether Pulumi adds settings from an environment of its service, which only Pulumi can read. */
  readonly hasEnvironment: boolean;
  /** Every key with its namespace, values as they are in the file. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The line of each key of `config`. */
  readonly lines: Readonly<Record<string, number>>;
  /** The salt of the stack's secrets: without it Pulumi could not read them. */
  readonly encryptionsalt: string | undefined;
}

/**
 * Reads the text of a Pulumi.<stack>.yaml, for whatever must know a stack's settings without Pulumi's engine (which
 * stops at the first value of a wrong type, where `parseSettings` names every fault). Throws a SettingsError with file
 * and line where Pulumi could not read it, or would read something else than what seems to be there.
 */
export function readStackFile(text: string, names: StackNames): StackFile {
  const name = `Pulumi.${names.stack}.yaml`;
  const { document, lineAt } = parsed(text, name);
  const faultAt = (node: unknown, message: string): Fault => ({ path: `${name}:${lineAt(node)}`, message });

  const file = (document.toJS() ?? {}) as { config?: object | null; environment?: unknown; encryptionsalt?: string };
  const faults: Fault[] = [];
  for (const { key } of pairsOf(document.contents)) {
    const topKey = String(isScalar(key) ? key.value : key);
    if (topLevelKeys.includes(topKey)) continue;
    if (topKey.includes(":") || topKey in schema)
      faults.push(faultAt(key, `${topKey} is outside of config, where nobody reads it; indent it below config:`));
  }

  const config: Record<string, unknown> = {};
  const lines: Record<string, number> = {};
  for (const { key, node, value } of configEntries(document, file.config ?? {})) {
    const full = fullKey(key, names.project);
    const fault = namespaceFault(full, names.project);
    if (fault) faults.push(faultAt(node, `${key}: ${fault.message}`));
    if (full in config)
      faults.push(faultAt(node, `${key} is in line ${lines[full]} already, in another form; keep one`));
    config[full] = value;
    lines[full] = lineAt(node);
    const bare = full.slice(names.project.length + 1);
    if (full.startsWith(`${names.project}:`) && isQuotedCollection(bare, value)) {
      const kind = settingOf(bare).type === "map" ? "map" : "list";
      faults.push(
        faultAt(node, `${key} is a text, where Pulumi takes nothing but a ${kind}; remove the quotes around it`),
      );
    }
  }
  faults.push(...misreadScalars(document).map(({ node, reading }) => faultAt(node, reading)));
  throwFaults(faults);

  const prefix = `${names.project}:`;
  const own = Object.entries(config).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
  );
  const region = config["aws:region"];
  return {
    raw: Object.fromEntries(own.map(([key, value]) => [key, hasSecret(value) ? sealedKey : asPassedOn(key, value)])),
    context: {
      project: names.project,
      stack: names.stack,
      region: typeof region === "string" && region !== "" ? region : undefined,
    },
    encrypted: own.filter(([, value]) => hasSecret(value)).map(([key]) => key),
    hasEnvironment: file.environment !== undefined && file.environment !== null,
    config,
    lines,
    encryptionsalt: file.encryptionsalt,
  };
}

/**
 * The text of a stack's file with other settings; comments, what Pulumi has put into it, and all else stay as they are.
 * @param changes by flat key, or by a key with another namespace
 */
export function withConfig(
  text: string,
  changes: Readonly<Record<string, unknown>>,
  { project }: Pick<StackNames, "project">,
): string {
  const document = parseDocument(text);
  if (document.has("config") && document.get("config") === undefined) document.delete("config");
  const written = pairsOf(document.get("config")).map(({ key }) => String(isScalar(key) ? key.value : key));
  for (const [key, value] of Object.entries(changes)) {
    const full = fullKey(key, project);
    document.setIn(["config", written.find((other) => fullKey(other, project) === full) ?? full], value);
  }
  return document.toString({ lineWidth: 0 });
}

/** The YAML document, if Pulumi could read it. Throws a SettingsError otherwise. */
function parsed(text: string, name: string): { document: Document; lineAt: (node: unknown) => number } {
  const counter = new LineCounter();
  // Merge keys as go-yaml has them.
  const document: Document = parseDocument(text, { lineCounter: counter, prettyErrors: false, merge: true });
  const lineOf = (position: number): number => Math.max(1, counter.linePos(position).line);
  const fail = (line: number, message: string): never => {
    throw new SettingsError([{ path: `${name}:${line}`, message }]);
  };
  const [error] = document.errors;
  if (error) fail(lineOf(openedAt(document, error) ?? error.pos[0]), remedyOf(error));
  const { contents } = document;
  if (contents !== null && !isMap(contents) && !(isScalar(contents) && contents.value === null)) {
    fail(
      1,
      `${isSeq(contents) ? "a list" : "a text"} where a map is wanted; begin with config: and indent the settings`,
    );
  }
  const config = isMap(contents) ? contents.get("config", true) : undefined;
  const lineAt = (node: unknown): number =>
    lineOf((node as { range?: readonly number[] } | undefined)?.range?.[0] ?? 0);
  if (config !== undefined && !isMap(config) && !(isScalar(config) && config.value === null)) {
    fail(
      lineAt(config),
      `config is ${isSeq(config) ? "a list" : "a text"}; write one setting a line, e.g. brokerCount: 5`,
    );
  }
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined)
        fail(lineAt(alias), `*${alias.source} stands for nothing; put it in quotes`);
    },
  });
  return { document, lineAt };
}

/** The line of a bracket that is never closed; YAML finds out at the end. */
function openedAt(document: Document, error: YAMLError): number | undefined {
  if (!/^Flow (sequence|map)/.test(error.message)) return undefined;
  let opened: number | undefined;
  visit(document, {
    Collection: (_, node) => {
      if (node.flow && node.range && node.range[0] <= error.pos[0]) opened = node.range[0];
    },
  });
  return opened;
}

/** The remedy in words for whoever has typed it. */
function remedyOf({ code, message }: YAMLError): string {
  const [, open] = /^Flow (sequence|map)/.exec(message) ?? [];
  if (open) return `a bracket is opened and not closed; end the ${open === "map" ? "map with }" : "list with ]"}`;
  switch (code) {
    case "TAB_AS_INDENT":
      return "a tab at the beginning of the line; indent with spaces";
    case "DUPLICATE_KEY":
      return "this key is there already; keep one of them";
    case "MULTIPLE_DOCS":
      return "a second document (---), which Pulumi does not read; keep one";
    case "BLOCK_AS_IMPLICIT_KEY":
      return "a colon and a space within a value; put the value in quotes";
    case "BAD_SCALAR_START":
      return "a value can't begin with this character; put it in quotes";
    default:
      return `not YAML: ${message}`;
  }
}

interface Pair {
  readonly key: unknown;
  readonly value: unknown;
}

function pairsOf(node: unknown): readonly Pair[] {
  return isMap(node) ? node.items : [];
}

/** The entries of `config`, those of merged maps included, which have no node of their own. */
function configEntries(document: Document, config: object): { key: string; node: unknown; value: unknown }[] {
  const node = document.get("config");
  const keys = new Map(pairsOf(node).map(({ key }) => [String(isScalar(key) ? key.value : key), key]));
  return Object.entries(config).map(([key, value]) => ({ key, value: value as unknown, node: keys.get(key) ?? node }));
}

/** Whether the value is JSON text for a list or a map: the program would take it, Pulumi's check of types does not. */
function isQuotedCollection(key: string, value: unknown): key is SettingKey {
  if (!(key in schema) || typeof value !== "string") return false;
  const isCollection = ["list", "objects", "map"].includes(settingOf(key as SettingKey).type);
  return isCollection && typeof parseJsonText(value) === "object";
}

/** The values that Pulumi's reader of YAML (go-yaml) takes for others than they look. */
function misreadScalars(document: Document): { node: unknown; reading: string }[] {
  const found: { node: unknown; reading: string }[] = [];
  visit(document, {
    Scalar: (where, node) => {
      if (where === "key" || node.type !== "PLAIN") return;
      const text = node.source ?? "";
      const reading = /^[-+]?0\d+$/.test(text)
        ? "an octal number"
        : /^[-+]?\d[\d_]*_[\d_]*$/.test(text)
          ? "a number without its _"
          : /^\d{4}-\d\d?-\d\d?($|[Tt\s])/.test(text)
            ? "a time of day"
            : undefined;
      if (reading) found.push({ node, reading: `${text} is read as ${reading}; put it in quotes` });
    },
  });
  return found;
}

/**
 * The value that the program gets: what is left empty is the empty text, and a value has its setting's type where it
 * can.
 */
function asPassedOn(key: string, value: unknown): unknown {
  if (value === null) return "";
  if (!(key in schema) || !(typeof value === "string" || typeof value === "number" || typeof value === "boolean"))
    return value;
  const { type, rule } = settingOf(key as SettingKey);
  if (type === "text") return String(value);
  const typed = rule.safeParse(value);
  return typed.success && typeof value === "string" ? typed.data : value;
}

/** Whether something in it is encrypted, at any depth. */
function hasSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure" && typeof entries[0][1] === "string") return true;
  return entries.some(([, inner]) => hasSecret(inner));
}
