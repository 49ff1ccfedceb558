/** The provider's operations on plain values; server.ts puts them behind gRPC. */
import { functionOf, resourceTypeOf } from "./catalog";
import { automaticName } from "./core/autoname";
import { checkInputs } from "./core/check";
import { withoutUndefined } from "./core/comparison";
import type { Context, Session } from "./core/context";
import { diffInputs, tagsWithDefaults } from "./core/diff";
import type { DiffOutcome } from "./core/diff";
import type { Fault } from "./core/errors";
import { Incomplete, Refusal, explain, show } from "./core/errors";
import type { PropertyMap } from "./core/propertyValues";
import { UNKNOWN, containsUnknown, isObject } from "./core/propertyValues";
import type { AnyResourceType } from "./core/resourceType";
import { inputsAfterRead, outputsOf } from "./core/state";

/** A resource that was made, or changed, but is not as it should be: its state must not be lost. */
export class InitializationError extends Error {
  constructor(
    readonly id: string,
    readonly outputs: PropertyMap,
    readonly inputs: PropertyMap,
    readonly reason: string,
  ) {
    super(reason);
  }
}

export interface CheckRequest {
  readonly token: string;
  readonly name: string;
  readonly olds: PropertyMap;
  readonly news: PropertyMap;
  readonly seed: Uint8Array;
  /** A name that the engine proposes (autonaming configured for the stack). */
  readonly proposedName?: string;
  /** Properties whose values must not be shown. */
  readonly secrets?: ReadonlySet<string>;
}

export interface Checked {
  readonly inputs: PropertyMap;
  readonly failures: readonly Fault[];
}

/** Fills in defaults and the automatic name, and lists all that is wrong. */
export async function check(session: Session | undefined, request: CheckRequest): Promise<Checked> {
  const type = await resourceTypeOf(request.token);
  const inputs: PropertyMap = { ...request.news };
  delete inputs.__defaults;
  for (const [name, property] of Object.entries(type.properties)) {
    if (property.document && isObject(inputs[name])) inputs[name] = documentText(inputs[name]);
  }
  const failures = checkInputs(type, withDefaults(type, inputs), session?.config.region, request.secrets ?? new Set());
  const defaults = Object.entries(type.properties)
    .filter(([name, property]) => property.default !== undefined && inputs[name] === undefined)
    .map(([name]) => name);
  const complete = withDefaults(type, inputs);
  const rule = type.autoname;
  if (rule !== undefined && complete[rule.property] === undefined && complete[rule.unless ?? ""] === undefined) {
    const before = request.olds.__defaults as string[] | undefined;
    const kept = before?.includes(rule.property) ? request.olds[rule.property] : undefined;
    complete[rule.property] = kept ?? request.proposedName ?? automaticName(rule, request.name, request.seed);
    defaults.push(rule.property);
  }
  return { inputs: { ...complete, __defaults: defaults.sort() }, failures };
}

function documentText(document: PropertyMap): unknown {
  return containsUnknown(document) ? UNKNOWN : JSON.stringify(document);
}

function withDefaults(type: AnyResourceType, inputs: PropertyMap): PropertyMap {
  const result = { ...inputs };
  for (const [name, property] of Object.entries(type.properties)) {
    if (result[name] === undefined && property.default !== undefined) result[name] = property.default;
  }
  return result;
}

export interface DiffRequest {
  readonly token: string;
  readonly oldInputs: PropertyMap;
  readonly state: PropertyMap;
  readonly news: PropertyMap;
}

export async function diff(session: Session | undefined, request: DiffRequest): Promise<DiffOutcome> {
  const type = await resourceTypeOf(request.token);
  return diffInputs(type, request.oldInputs, request.state, request.news, session?.config.defaultTags ?? {});
}

/** Outputs in a preview: the inputs, and for the rest that it is unknown. */
export async function previewCreate(session: Session, token: string, inputs: PropertyMap): Promise<PropertyMap> {
  const type = await resourceTypeOf(token);
  const outputs: PropertyMap = {};
  for (const name of type.outputs) outputs[name] = UNKNOWN;
  for (const [name, property] of Object.entries(type.properties)) {
    const value = inputs[name];
    if (value !== undefined) outputs[name] = value;
    else if (property.computed) outputs[name] = UNKNOWN;
  }
  return { ...outputs, ...commonOutputs(session, type, inputs) };
}

function commonOutputs(session: Session, type: AnyResourceType, inputs: PropertyMap): PropertyMap {
  return {
    ...(type.regional ? { region: session.config.region } : {}),
    ...(type.tagging === undefined ? {} : { tagsAll: tagsWithDefaults(session.config.defaultTags, inputs) }),
  };
}

export async function create(
  context: Context,
  token: string,
  inputs: PropertyMap,
): Promise<{ id: string; outputs: PropertyMap }> {
  const type = await resourceTypeOf(token);
  await checkReferences(context, type, inputs, Object.keys(inputs));
  const tags = tagsWithDefaults(context.session.config.defaultTags, inputs);
  let id: string;
  let failure: unknown;
  try {
    id = await type.create(context, inputs, tags);
  } catch (error) {
    if (!(error instanceof Incomplete)) throw error;
    id = error.id;
    failure = error.cause;
  }
  return finish(context, { type, id, inputs, prior: {}, failure });
}

interface Changed {
  readonly type: AnyResourceType;
  readonly id: string;
  readonly inputs: PropertyMap;
  /** The last known state; empty after a create. */
  readonly prior: PropertyMap;
  /** Undefined after a create. */
  readonly changed?: ReadonlySet<string>;
  /** What went wrong so far. */
  readonly failure?: unknown;
}

/** After a change: waits until the resource is ready and reads it; whatever fails, the state so far is kept. */
async function finish(
  context: Context,
  { type, id, inputs, prior, changed, failure: earlier }: Changed,
): Promise<{ id: string; outputs: PropertyMap }> {
  const { region } = context;
  const defaults = context.session.config.defaultTags;
  let failure = earlier;
  try {
    if (failure === undefined) await type.ready?.(context, id, inputs, changed);
  } catch (error) {
    failure = error;
  }
  let live: PropertyMap | undefined;
  try {
    live = await type.read(context, id, { ...prior, ...inputs });
    if (live === undefined && failure === undefined) throw new Refusal(`${id} is gone, right after it was made`);
  } catch (error) {
    failure ??= error;
  }
  const outputs = outputsOf(type, inputs, withoutUndefined(live ?? {}), region, defaults);
  if (failure !== undefined) throw new InitializationError(id, { ...prior, ...outputs }, inputs, explain(failure));
  return { id, outputs };
}

/** What the inputs name must exist; the emulator does not look at everything that AWS does. */
async function checkReferences(
  context: Context,
  type: AnyResourceType,
  inputs: PropertyMap,
  names: readonly string[],
): Promise<void> {
  const missing: string[] = [];
  for (const name of names) {
    const reference = type.properties[name]?.reference;
    if (reference === undefined) continue;
    const value = inputs[name];
    const ids = (Array.isArray(value) ? value : [value]) as unknown[];
    for (const id of ids) {
      if (typeof id !== "string" || (await reference.exists(context, id))) continue;
      missing.push(`${name} = ${show(id)}: there is no such ${reference.noun} in ${context.region}`);
    }
  }
  if (missing.length > 0) throw new Refusal(missing.join("\n"));
}

export interface UpdateRequest extends DiffRequest {
  readonly id: string;
}

export async function previewUpdate(session: Session, request: UpdateRequest): Promise<PropertyMap> {
  const type = await resourceTypeOf(request.token);
  const { changed } = diffInputs(type, request.oldInputs, request.state, request.news, session.config.defaultTags);
  const outputs = { ...request.state };
  for (const name of Object.keys(type.properties)) {
    const value = request.news[name];
    if (value !== undefined) outputs[name] = value;
    else if (changed.includes(name)) delete outputs[name];
  }
  for (const name of type.unknownAfter?.(new Set(changed)) ?? []) outputs[name] = UNKNOWN;
  return { ...outputs, ...commonOutputs(session, type, request.news) };
}

export async function update(context: Context, request: UpdateRequest): Promise<PropertyMap> {
  const type = await resourceTypeOf(request.token);
  const defaults = context.session.config.defaultTags;
  const { oldInputs, state, news, id } = request;
  const { changed } = diffInputs(type, oldInputs, state, news, defaults);
  const others = changed.filter((name) => type.tagging === undefined || (name !== "tags" && name !== "tagsAll"));
  await checkReferences(context, type, news, others);
  const tags = tagsWithDefaults(defaults, news);
  if (others.length > 0) {
    const change = { olds: oldInputs, news, changed: new Set(others), state };
    await type.update?.(context, id, change, tags);
  }
  if (type.tagging !== undefined && others.length < changed.length) {
    const before = (state.tagsAll ?? {}) as Record<string, string>;
    const remove = Object.keys(before).filter((key) => !(key in tags));
    const set = Object.fromEntries(Object.entries(tags).filter(([key, value]) => before[key] !== value));
    await type.tagging.retag(context, id, set, remove, { ...state, ...news });
  }
  const { outputs } = await finish(context, { type, id, inputs: news, prior: state, changed: new Set(changed) });
  return outputs;
}

export interface ReadRequest {
  readonly token: string;
  readonly id: string;
  readonly state: PropertyMap;
  readonly inputs: PropertyMap;
}

export interface ReadOutcome {
  readonly id: string;
  readonly outputs: PropertyMap;
  readonly inputs: PropertyMap;
}

/** Undefined when the resource is gone. */
export async function read(context: Context, request: ReadRequest): Promise<ReadOutcome | undefined> {
  const type = await resourceTypeOf(request.token);
  const live = await type.read(context, request.id, request.state);
  if (live === undefined) return undefined;
  const id = typeof live.id === "string" ? live.id : request.id;
  delete live.id;
  const outputs = outputsOf(
    type,
    withoutDefaultsList({ ...request.state, ...request.inputs }),
    withoutUndefined(live),
    context.region,
    context.session.config.defaultTags,
  );
  return { id, outputs, inputs: inputsAfterRead(type, request.inputs, outputs) };
}

function withoutDefaultsList(map: PropertyMap): PropertyMap {
  const result = { ...map };
  delete result.__defaults;
  return result;
}

export async function remove(context: Context, token: string, id: string, state: PropertyMap): Promise<void> {
  const type = await resourceTypeOf(token);
  await type.delete(context, id, state);
}

export interface Invoked {
  readonly result: PropertyMap;
  readonly failures: readonly Fault[];
  readonly secrets: ReadonlySet<string>;
}

export async function invoke(context: Context, token: string, args: PropertyMap): Promise<Invoked> {
  const definition = await functionOf(token);
  if (containsUnknown(args)) throw new Refusal(`${token}: an argument is not known yet`);
  const complete = withDefaults(definition as unknown as AnyResourceType, args);
  const failures = checkInputs(definition, complete, context.region, new Set());
  if (failures.length > 0) return { result: {}, failures, secrets: new Set() };
  const found = await definition.invoke(context, complete);
  const result = {
    ...complete,
    ...withoutUndefined(found),
    ...(definition.regional ? { region: context.region } : {}),
  };
  return { result, failures, secrets: new Set(definition.secretOutputs ?? []) };
}

/** Properties of the type that are always secret. */
export async function secretOutputsOf(token: string): Promise<readonly string[]> {
  return (await resourceTypeOf(token)).secretOutputs ?? [];
}
