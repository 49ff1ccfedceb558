/** What Pulumi's engine tells of a preview. */
import type { EngineEvent, OpType } from "@pulumi/pulumi/automation";
import { nodeTags } from "../../../planning/cluster/tags";

const pool = "kafka-on-ec2:index:KafkaBrokerPool$";
const component = "kafka-on-ec2:index:StatefulNode";
export const urnOf = (types: string, name: string) => `urn:pulumi:local::kafka-on-ec2::${types}::${name}`;
export const nodeUrn = (name: string) => urnOf(`${pool}${component}`, name);
export const partUrn = (type: string, name: string) => urnOf(`${pool}${component}$${type}`, name);

export const volume = "aws:ebs/volume:Volume";
export const face = "aws:ec2/networkInterface:NetworkInterface";
export const group = "aws:autoscaling/group:Group";
export const template = "aws:ec2/launchTemplate:LaunchTemplate";
export const stackUrn = urnOf("pulumi:pulumi:Stack", "kafka-on-ec2-local");

interface Options {
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
}

/** As the engine writes it: null for the side that there is not, nothing for what is false. */
function metadata(urn: string, op: OpType, more: object = {}, options: Options = {}) {
  const custom = !urn.includes(`${component}::`) && urn !== stackUrn;
  const state = { type: "", urn, ...(custom ? { custom } : {}), id: custom ? "vol-1" : "", parent: "" };
  const whole = { ...state, ...options, inputs: inputsOf(urn), outputs: {}, provider: "" };
  const old = op === "create" ? null : whole;
  return { op, urn, type: "", provider: "", old, new: op === "delete" ? null : whole, ...more } as never;
}
/** A node's parts have tags, a group as a list. */
function inputsOf(urn: string): object {
  const [type = "", name = ""] = urn.slice(urn.lastIndexOf("$") + 1).split("::");
  if (!urn.includes(`${component}$`) && !urn.includes("OpsHost$")) return {};
  const tags = nodeTags("kafka-test", name);
  return { tags: type === group ? Object.entries(tags).map(([key, value]) => ({ key, value })) : tags };
}

export const begins = (...args: Parameters<typeof metadata>): EngineEvent => ({
  sequence: 0,
  timestamp: 0,
  resourcePreEvent: { metadata: metadata(...args), planning: true },
});
export const ends = (...args: Parameters<typeof metadata>): EngineEvent => ({
  sequence: 0,
  timestamp: 0,
  resOutputsEvent: { metadata: metadata(...args), planning: true },
});

/** Nodes that stay as they are. */
export const staying = (...names: string[]) =>
  names.flatMap((name) => [nodeUrn(name), ...[volume, face, group].map((type) => partUrn(type, name))]).map(same);
const same = (urn: string) => begins(urn, "same");
/** Nodes that go; Pulumi stops short of the component when a part is protected. */
export const going = (options: Options, ...names: string[]) =>
  names.flatMap((name) => [
    ...[group, template, face].map((type) => begins(partUrn(type, name), "delete")),
    begins(partUrn(volume, name), "delete", {}, options),
    ...(options.protect === true ? [] : [begins(nodeUrn(name), "delete")]),
  ]);
export const replaced = (urn: string, ...keys: string[]) => [
  begins(urn, "delete-replaced"),
  begins(urn, "replace", { keys, diffs: keys }),
  begins(urn, "create-replacement", { keys }),
];

const summaryEvent = { maybeCorrupt: false, durationSeconds: 1, resourceChanges: {}, policyPacks: {} };

/** A whole account, as Pulumi gives it: numbered, with a summary and an end. */
export const numbered = (...events: EngineEvent[]): EngineEvent[] =>
  [...events, { summaryEvent }, { cancelEvent: {} }].map((event, sequence) => ({ ...event, timestamp: 0, sequence }));
