/** Pulumi's provider protocol (gRPC), as far as all plugins speak it alike. */
import type { ServiceError, UntypedServiceImplementation } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

import type { Fault } from "../aws/core/errors";
import { explain } from "../aws/core/errors";
import type { PropertyMap } from "../aws/core/propertyValues";
import { mapFromWire, secretKeys, toWireWithSecrets } from "../aws/core/propertyValues";

/** A property map from the wire, and which of its entries are secret. */
export interface Received {
  readonly plain: PropertyMap;
  readonly secrets: Set<string>;
}

export function received(struct: Struct | undefined): Received {
  const wire = struct?.toJavaScript() ?? {};
  return { plain: mapFromWire(wire), secrets: secretKeys(wire) };
}

export function structOf(map: PropertyMap, secrets: ReadonlySet<string> = new Set()): Struct {
  return Struct.fromJavaScript(toWireWithSecrets(map, secrets) as Record<string, JavaScriptValue>);
}

export function resourceOf(urn: string): { readonly token: string; readonly name: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { token: types.split("$").at(-1) ?? "", name: name.join("::") };
}

/**
 * The engine shows the value of the property that a failure names, secret or not: then it is named in the reason only.
 */
export function failuresOf(faults: readonly Fault[], secrets: ReadonlySet<string> = new Set()): pb.CheckFailure[] {
  return faults.map(({ property, reason }) =>
    new pb.CheckFailure().setProperty(secrets.has(property) ? "" : property).setReason(reason),
  );
}

/** What differs between a resource and its inputs. */
export interface Changes {
  readonly changed: readonly string[];
  /** The properties among them whose change makes a new resource. */
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace?: boolean;
  readonly differences: readonly {
    readonly path: string;
    readonly kind: "add" | "delete" | "update";
    readonly replaces: boolean;
  }[];
}

export function diffResponse({ changed, replaces, deleteBeforeReplace, differences }: Changes): pb.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
  const answer = new pb.DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList([...changed])
    .setReplacesList([...replaces])
    .setDeletebeforereplace(deleteBeforeReplace ?? false)
    .setHasdetaileddiff(true);
  const { Kind } = pb.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  } as const;
  for (const difference of differences) {
    const kind = kinds[difference.kind][difference.replaces ? 1 : 0];
    // `tagsAll` is no input: the provider computes it.
    const part = new pb.PropertyDiff().setKind(kind).setInputdiff(difference.path !== "tagsAll");
    answer.getDetaileddiffMap().set(difference.path, part);
  }
  return answer;
}

/** The protocol's calls by name; each gives the answer, or throws what the engine is to show. */
export type Handlers = Readonly<Record<string, (request: never) => unknown>>;

/** The answers to what the engine asks of every plugin. */
export function pluginHandlers(name: string, version: string, cancel: () => void): Handlers {
  return {
    getPluginInfo: () => new PluginInfo().setVersion(version),
    getSchema: () => new pb.GetSchemaResponse().setSchema(JSON.stringify({ name, version })),
    getMapping: () => new pb.GetMappingResponse(),
    getMappings: () => new pb.GetMappingsResponse(),
    attach: () => new Empty(),
    cancel: () => {
      cancel();
      return new Empty();
    },
  };
}

/** An error that already has its gRPC form. */
export class GrpcFailure extends Error {
  constructor(readonly failure: Partial<ServiceError>) {
    super(failure.message);
  }
}

type Answer = (error: Partial<ServiceError> | null, response?: unknown) => void;

/** The handlers as gRPC calls them. */
export function implementation(handlers: Handlers): UntypedServiceImplementation {
  const entries = Object.entries(handlers).map(([name, handler]) => [name, answering(handler)] as const);
  return Object.fromEntries(entries) as unknown as UntypedServiceImplementation;
}

function answering(handler: (request: never) => unknown): (call: { request: never }, answer: Answer) => void {
  return ({ request }, answer) => {
    void new Promise((resolve) => resolve(handler(request))).then(
      (response) => answer(null, response),
      (error: unknown) => {
        if (error instanceof GrpcFailure) return answer(error.failure);
        const message = explain(error);
        answer({ code: status.UNKNOWN, details: message, message });
      },
    );
  };
}
