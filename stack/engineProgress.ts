import type { EngineEvent, OpType } from "@pulumi/pulumi/automation";
import { cleanPulumiText } from "./pulumiFailures";

/** The time in ms between two lines about attempts to connect. */
const dialPauseMs = 10_000;

/** The failure of one resource, for a result that programs read. */
export interface ResourceFailure {
  readonly resource: string;
  readonly message: string;
}

const done: Partial<Record<OpType, string>> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  "create-replacement": "replaced",
  "delete-replaced": "old one deleted",
  import: "imported",
  "import-replacement": "imported",
};

const planned: Partial<Record<OpType, string>> = {
  create: "will be created",
  update: "will be updated",
  delete: "will be deleted",
  "create-replacement": "will be replaced",
  import: "will be imported",
};

const doing: Partial<Record<OpType, string>> = {
  create: "creating",
  update: "updating",
  delete: "deleting",
  "create-replacement": "replacing",
  "delete-replaced": "deleting the old",
};

/** A type's short name: `aws:ec2/vpc:Vpc` -> `ec2.Vpc`, `command:remote:Command` -> `remote.Command`. */
export function shortType(type: string): string {
  const [, module = "", name = ""] = type.split(":");
  const space = module.split("/")[0] ?? "";
  return space === "index" || space === "" ? name : `${space}.${name}`;
}

/** The resource's own name, which is the last part of its URN. */
export function resourceName(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** The resource's own type out of its URN, without those of its parents: `aws:ebs/volume:Volume`. */
export function resourceType(urn: string): string {
  return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}

/** The short type and the name of a resource: `ebs.Volume kafka-3`. */
export function resourceLabel(urn: string): string {
  return `${shortType(resourceType(urn))} ${resourceName(urn)}`;
}

/** Without colours. */
const plain = (text: string) => text.replace(/\u001b\[[0-9;]*m/g, "").replace(/<\{%[^%]*%\}>/g, "");

const isStack = (urn: string | undefined) =>
  urn === undefined || urn === "" || resourceType(urn) === "pulumi:pulumi:Stack";

/**
 * Turns the engine's events into lines: one for each resource that is done or has failed, and what remote commands say.
 * Pure but for the clock given.
 */
export class EngineProgress {
  private readonly running = new Map<string, { readonly op: OpType; readonly since: number }>();
  private readonly partial = new Map<string, string>();
  /** URN -> when the resource's vain attempts to connect were last shown. */
  private readonly dialled = new Map<string, number>();
  private readonly shownFailures: ResourceFailure[] = [];
  /** What the program has said, but for its plan, which is data too. */
  readonly notes: string[] = [];
  readonly warnings: string[] = [];
  private readonly started: number;
  private lastLine: number;
  /** How many resources each kind of change concerned, as Pulumi sums up at the end. */
  changes: Readonly<Record<string, number>> = {};

  /**
   * Begins without any event.
   * @param now milliseconds; for tests
   */
  constructor(private readonly now: () => number = Date.now) {
    this.started = now();
    this.lastLine = this.started;
  }

  /** The errors so far, each with the resource that it is about. */
  get failures(): readonly ResourceFailure[] {
    return this.shownFailures;
  }

  /** Whether anything but "same" was among the changes. */
  get changed(): boolean {
    return Object.entries(this.changes).some(([op, count]) => op !== "same" && op !== "read" && count > 0);
  }

  /** The lines to show for an event, none for most of them. */
  handle(event: EngineEvent): string[] {
    const lines = this.linesFor(event);
    if (lines.length > 0) this.lastLine = this.now();
    return lines.map((line) => `${this.clock()}  ${line}`);
  }

  /** The work that is under way, when nothing has been shown for so long; else undefined. */
  heartbeat(silenceMs: number): string | undefined {
    if (this.now() - this.lastLine < silenceMs) return undefined;
    const longest = [...this.running].sort(([, a], [, b]) => a.since - b.since);
    const shown = longest.slice(0, 3).map(([urn, { op, since }]) => {
      return `${doing[op] ?? op} ${resourceLabel(urn)} (${Math.round((this.now() - since) / 1000)} s)`;
    });
    const more = longest.length > shown.length ? ` and ${longest.length - shown.length} more` : "";
    this.lastLine = this.now();
    return `${this.clock()}  ... ${shown.length === 0 ? "waiting for Pulumi" : shown.join(", ")}${more}`;
  }

  private clock(): string {
    return `${((this.now() - this.started) / 1000).toFixed(1).padStart(7)} s`;
  }

  private linesFor(event: EngineEvent): string[] {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent, policyEvent, summaryEvent } = event;
    if (resourcePreEvent !== undefined) {
      const { urn, op, new: state, old } = resourcePreEvent.metadata;
      // Pulumi leaves the field out for a component.
      const custom = (state ?? old)?.custom === true;
      if (custom && doing[op] !== undefined && resourcePreEvent.planning !== true) {
        this.running.set(urn, { op, since: this.now() });
      }
      return [];
    }
    if (resOutputsEvent !== undefined) {
      const { metadata, planning } = resOutputsEvent;
      const { urn, op, new: state, old, diffs, detailedDiff } = metadata;
      const since = this.running.get(urn)?.since;
      this.running.delete(urn);
      const word = (planning === true ? planned : done)[op];
      // A component is no more than its parts, which have lines of their own.
      if (word === undefined || (state ?? old)?.custom !== true || isStack(urn)) return [];
      const took = since === undefined || planning === true ? "" : ` (${((this.now() - since) / 1000).toFixed(1)} s)`;
      // Both are null for a resource that is new.
      const keys = detailedDiff ? Object.keys(detailedDiff) : (diffs ?? []);
      const what = op === "create" || op === "delete" || keys.length === 0 ? "" : `: ${keys.slice(0, 8).join(", ")}`;
      return [`${word.padEnd(planning === true ? 16 : 8)} ${resourceLabel(urn)}${what}${took}`];
    }
    if (resOpFailedEvent !== undefined) {
      const { urn, op } = resOpFailedEvent.metadata;
      this.running.delete(urn);
      return [`FAILED   ${doing[op] ?? op} ${resourceLabel(urn)}`];
    }
    if (diagnosticEvent !== undefined) return this.diagnosticLines(diagnosticEvent);
    if (policyEvent !== undefined) return this.policyLines(policyEvent);
    if (summaryEvent !== undefined) this.changes = { ...summaryEvent.resourceChanges };
    return [];
  }

  /** A rule of a policy pack that is broken is a failure of the resource, or a warning where the rule only advises. */
  private policyLines(event: NonNullable<EngineEvent["policyEvent"]>): string[] {
    const { resourceUrn, policyName, policyPackName, enforcementLevel } = event;
    const said = plain(event.message).trim().replaceAll("\n", " ");
    // The update asks again, when the value is known.
    if (/^can't run policy .* during preview: /.test(said)) return [];
    const resource = isStack(resourceUrn) ? "" : resourceLabel(resourceUrn ?? "");
    const message = `breaks the rule ${policyName} of the policy pack ${policyPackName}: ${said}`;
    if (enforcementLevel !== "mandatory") return [`warning: ${resource} ${message}`];
    this.shownFailures.push({ resource, message });
    return [];
  }

  private diagnosticLines({
    urn,
    message,
    severity,
    ephemeral,
  }: NonNullable<EngineEvent["diagnosticEvent"]>): string[] {
    const remote = !isStack(urn) && resourceType(urn ?? "").startsWith("command:");
    if (severity === "error") {
      const text = shortened(cleanPulumiText(message));
      // Pulumi's own closing word, which says nothing.
      if (isStack(urn) && /^(update|preview|destroy) (failed|canceled)$/.test(text)) return [];
      if (text !== "")
        this.shownFailures.push({ resource: isStack(urn) ? "" : resourceLabel(urn ?? ""), message: text });
      return [];
    }
    // The engine also passes its own tracing on (as "debug", which its types don't name), with secrets in it.
    if (severity !== "info" && severity !== "info#err" && severity !== "warning") return [];
    // Where a plug-in was found is of no interest to anybody who did not put it there.
    if ((ephemeral === true && !remote) || /using pulumi-[\w-]+ from \$PATH/.test(message)) return [];
    // A machine that boots refuses connections for a while, and the plug-in says so at each of its attempts, twice.
    if (remote && /^(Dial \d+\/\S+ failed|ssh: connect to host)/.test(message)) {
      if (!message.startsWith("Dial") || this.now() - (this.dialled.get(urn ?? "") ?? -Infinity) < dialPauseMs)
        return [];
      this.dialled.set(urn ?? "", this.now());
    }
    const text = plain(message);
    // Output arrives in pieces that need not end at a line's end.
    const key = `${urn ?? ""} ${severity}`;
    const pieces = ((remote ? (this.partial.get(key) ?? "") : "") + text).split("\n");
    if (remote && !text.endsWith("\n") && pieces.length > 1) this.partial.set(key, pieces.pop() ?? "");
    else this.partial.delete(key);
    const prefix = severity === "warning" ? "warning: " : "";
    const who = isStack(urn) ? "" : `${resourceName(urn ?? "")} | `;
    const said = text.trim();
    if (said !== "" && severity === "warning") this.warnings.push(who + said);
    if (said !== "" && severity === "info" && isStack(urn) && !said.startsWith("plan\n")) this.notes.push(said);
    return pieces.filter((line) => line.trim() !== "").map((line) => `${prefix}${who}${line.trimEnd()}`);
  }
}

/**
 * The end of a long message: that of a failed remote command has all of its output, which was shown as it came, and
 * says last what went wrong.
 */
function shortened(text: string, limit = 200): string {
  const lines = text.split("\n");
  if (lines.length <= limit) return text;
  return [lines[0], `(${lines.length - limit} lines left out)`, ...lines.slice(1 - limit)].join("\n");
}

/** The changes in words: `140 created, 2 updated`, or `nothing changed`. */
export function changesText(changes: Readonly<Record<string, number>>, preview = false): string {
  const words: readonly (readonly [string, string, string])[] = [
    ["create", "created", "to create"],
    ["update", "updated", "to update"],
    ["replace", "replaced", "to replace"],
    ["delete", "deleted", "to delete"],
    ["import", "imported", "to import"],
  ];
  const parts = words.flatMap(([op, past, future]) => {
    const count = changes[op] ?? 0;
    return count === 0 ? [] : [`${count} ${preview ? future : past}`];
  });
  const same = changes.same ?? 0;
  if (parts.length === 0) return preview ? "nothing to change" : "nothing changed";
  return `${parts.join(", ")}${same > 0 ? `, ${same} as they were` : ""}`;
}
