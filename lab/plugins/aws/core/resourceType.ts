import type { Context } from "./context";
import type { Fault } from "./errors";
import { tagMap, text } from "./kinds";
import type { InputsOf, Properties, Property } from "./property";
import { optional } from "./property";
import type { PropertyMap } from "./propertyValues";

export type Tags = Readonly<Record<string, string>>;

/** Inputs of a change: what was asked before, what is asked now, and which properties differ. */
export interface Change<P extends Properties> {
  readonly olds: InputsOf<P>;
  readonly news: InputsOf<P>;
  readonly changed: ReadonlySet<string>;
  /** The resource's properties before. */
  readonly state: PropertyMap;
}

/** Checked inputs in a preview: what is unknown is absent, but counts as given. */
export interface Draft<P extends Properties> {
  readonly inputs: Partial<InputsOf<P>>;
  readonly given: (property: keyof P & string) => boolean;
}

/** How the tags of a kind of resource are changed. */
export interface Tagging {
  retag(context: Context, id: string, set: Tags, remove: readonly string[], state: PropertyMap): Promise<void>;
}

export interface Autoname {
  readonly property: string;
  /** Not named automatically when this one is given. */
  readonly unless?: string;
  readonly mostCharacters: number;
  /** Number of random hexadecimal digits, 7 by default; 0: the resource's name as it is. */
  readonly randomDigits?: number;
  readonly lowerCase?: boolean;
}

/** One AWS resource type: a table of its inputs, and what to do. */
export interface ResourceType<P extends Properties = Properties> {
  /** Pulumi's type token. */
  readonly token: string;
  readonly properties: P;
  /** Names of the outputs that are not inputs too. */
  readonly outputs: readonly string[];
  /** Given if the type has `tags` (and `tagsAll`). */
  readonly tagging?: Tagging;
  /** False for services without regions (IAM, Route 53): no `region` property. */
  readonly regional?: boolean;
  readonly autoname?: Autoname;
  readonly secretOutputs?: readonly string[];
  /** Rules across properties. */
  check?(draft: Draft<P>): Fault[];
  /** Whether this changed property, which does not always do so, makes a new resource. */
  replaces?(property: string, change: Omit<Change<P>, "changed">): boolean;
  /** Outputs that change with these properties. */
  unknownAfter?(changed: ReadonlySet<string>): readonly string[];
  /** Gives the id; what has to be waited for belongs to `ready`. */
  create(context: Context, inputs: InputsOf<P>, tags: Tags): Promise<string>;
  /**
   * Waits until the resource is usable, after create (`changed` is undefined) and after update. An update without
   * changes is asked for when the wait after create failed.
   */
  ready?(context: Context, id: string, inputs: InputsOf<P>, changed?: ReadonlySet<string>): Promise<void>;
  /** The live properties (`tags`: all of them), or undefined when it does not exist. `prior`: the last known ones. */
  read(context: Context, id: string, prior: PropertyMap): Promise<PropertyMap | undefined>;
  update?(context: Context, id: string, change: Change<P>, tags: Tags): Promise<void>;
  /** Succeeds too when the resource is gone already. */
  delete(context: Context, id: string, state: PropertyMap): Promise<void>;
}

/** A type as the provider works with it: `tags` and `region` included, inputs not typed further. */
export type AnyResourceType = ResourceType & { readonly regional: boolean };

/** Completes a table with what all types have. */
export function resourceType<const P extends Properties>(type: ResourceType<P>): AnyResourceType {
  const regional = type.regional ?? true;
  const common: Record<string, Property> = {
    ...(type.tagging === undefined ? {} : { tags: optional(tagMap) }),
    // Since version 7 every regional resource has it; the lab is one region.
    ...(regional ? { region: optional(text, { computed: true, replaces: true }) } : {}),
  };
  const complete = { ...type, regional, properties: { ...type.properties, ...common } };
  return complete;
}

/** A function of the provider (data source). */
export interface ProviderFunction<P extends Properties = Properties> {
  readonly token: string;
  readonly properties: P;
  readonly regional?: boolean;
  readonly secretOutputs?: readonly string[];
  check?(draft: Draft<P>): Fault[];
  invoke(context: Context, inputs: InputsOf<P>): Promise<PropertyMap>;
}

export type AnyFunction = ProviderFunction & { readonly regional: boolean };

export function providerFunction<const P extends Properties>(type: ProviderFunction<P>): AnyFunction {
  const regional = type.regional ?? true;
  const properties = { ...type.properties, ...(regional ? { region: optional(text, { computed: true }) } : {}) };
  return { ...type, regional, properties };
}
