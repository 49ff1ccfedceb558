/** Pulumi's provider protocol (gRPC) for providers whose resources live in Pulumi's state alone. */
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import { differences, equal } from "../aws/core/comparison";
import { Refusal, show } from "../aws/core/errors";
import type { Fault } from "../aws/core/errors";
import { nearest } from "../aws/core/nearest";
import { UNKNOWN, containsUnknown } from "../aws/core/propertyValues";
import type { PropertyMap } from "../aws/core/propertyValues";
import type { EngineLog } from "./engineLog";
import type { LocalProvider, LocalResource, Operation } from "./localResource";
import { diffResponse, failuresOf, received, resourceOf, structOf, type Handlers } from "./protocol";
import { serve } from "./serve";

/** All that is wrong with the inputs; what is not known yet is judged when it is. */
export function inputFaults(type: LocalResource, inputs: PropertyMap, secrets: ReadonlySet<string>): Fault[] {
  const faults: Fault[] = [];
  const known = Object.keys(type.inputs);
  for (const name of Object.keys(inputs)) {
    if (!known.includes(name))
      faults.push({ property: name, reason: `${name}: no such property${nearest(name, known)}` });
  }
  for (const [name, schema] of Object.entries(type.inputs)) {
    const value = inputs[name];
    if (containsUnknown(value)) continue;
    const parsed = schema.safeParse(value);
    if (parsed.success) continue;
    for (const issue of parsed.error.issues) {
      const path = [name, ...issue.path].join(".");
      const secret = secrets.has(name);
      const reason =
        value === undefined ? `${name}: missing` : `${path}: ${issue.message}${valueHint(issue.path, value, secret)}`;
      // The engine prints the value of the property that a fault names, even if it is secret.
      faults.push({ property: secret ? "" : name, reason });
    }
  }
  return faults;
}

function valueHint(path: readonly PropertyKey[], value: unknown, secret: boolean): string {
  return path.length > 0 ? "" : ` (it is ${show(value, secret)})`;
}

/** Names of the inputs that differ. */
function changedInputs(type: LocalResource, before: PropertyMap, after: PropertyMap): string[] {
  return Object.keys(type.inputs).filter(
    (name) => (before[name] !== undefined || after[name] !== undefined) && !equal(before[name], after[name]),
  );
}

/** The names of all outputs that must be kept secret. */
function secretOutputs(type: LocalResource, inputs: ReadonlySet<string>): Set<string> {
  const secrets = new Set([...inputs, ...(type.secretOutputs ?? [])]);
  if (type.secretBy?.some((name) => inputs.has(name))) for (const name of type.outputs) secrets.add(name);
  return secrets;
}

/** Put in by the engine into every provider's configuration. */
const engineKeys = ["version", "pluginDownloadURL", "pluginChecksums", "__internal"];

/** Runs the plugin's process. */
export function serveLocal(provider: LocalProvider): void {
  const { name, version } = provider;
  serve({ name, version, service: (log, cancelled) => localService(provider, log, cancelled) });
}

function localService(provider: LocalProvider, log: EngineLog, cancelled: AbortSignal): Handlers {
  const typeOf = (urn: string): LocalResource => {
    const { token } = resourceOf(urn);
    const type = provider.resources.find((candidate) => candidate.token === token);
    if (type !== undefined) return type;
    const known = provider.resources.map((candidate) => candidate.token);
    throw new Refusal(
      `${token} is not supported by the local stand-in for the ${provider.name} provider${nearest(token, known)}`,
    );
  };
  const operationOf = (urn: string): Operation => ({
    name: resourceOf(urn).name,
    signal: cancelled,
    log: (line) => log(urn, line),
  });
  const preview = (type: LocalResource, inputs: PropertyMap): PropertyMap => {
    const unknown = Object.fromEntries(type.outputs.map((name) => [name, UNKNOWN]));
    return { ...unknown, ...inputs };
  };

  return {
    handshake: () => new pb.ProviderHandshakeResponse().setAcceptSecrets(true),
    checkConfig: (request: pb.CheckRequest) => {
      const unknown = Object.keys(received(request.getNews()).plain).filter((key) => !engineKeys.includes(key));
      const faults = unknown.map((key) => ({
        property: key,
        reason: `${key}: no such setting of the ${provider.name} provider`,
      }));
      return new pb.CheckResponse().setInputs(request.getNews()).setFailuresList(failuresOf(faults));
    },
    diffConfig: () => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE),
    configure: () => new pb.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true),

    check: (request: pb.CheckRequest) => {
      const { plain, secrets } = received(request.getNews());
      const faults = inputFaults(typeOf(request.getUrn()), plain, secrets);
      return new pb.CheckResponse().setInputs(structOf(plain, secrets)).setFailuresList(failuresOf(faults));
    },
    diff: (request: pb.DiffRequest) => {
      const type = typeOf(request.getUrn());
      const olds = received(request.getOldInputs() ?? request.getOlds()).plain;
      const news = received(request.getNews()).plain;
      const changed = changedInputs(type, olds, news);
      const replacing = new Set(changed.filter((name) => type.replaces(name, news)));
      return diffResponse({
        changed,
        replaces: [...replacing],
        differences: changed.flatMap((name) =>
          differences(name, olds[name], news[name]).map((found) => ({ ...found, replaces: replacing.has(name) })),
        ),
      });
    },
    create: async (request: pb.CreateRequest) => {
      const type = typeOf(request.getUrn());
      const { plain, secrets: given } = received(request.getProperties());
      const secrets = secretOutputs(type, given);
      if (request.getPreview()) return new pb.CreateResponse().setProperties(structOf(preview(type, plain), secrets));
      const { id, outputs } = await type.create(operationOf(request.getUrn()), plain);
      return new pb.CreateResponse().setId(id).setProperties(structOf({ ...plain, ...outputs }, secrets));
    },
    read: (request: pb.ReadRequest) => {
      // There is nothing beyond Pulumi's state that could have changed.
      const type = typeOf(request.getUrn());
      if (request.getProperties() === undefined || Object.keys(received(request.getProperties()).plain).length === 0) {
        throw new Refusal(`${type.token} can't be imported: it exists in Pulumi's state only`);
      }
      return new pb.ReadResponse()
        .setId(request.getId())
        .setProperties(request.getProperties())
        .setInputs(request.getInputs());
    },
    update: async (request: pb.UpdateRequest) => {
      const type = typeOf(request.getUrn());
      const { plain, secrets: given } = received(request.getNews());
      const secrets = secretOutputs(type, given);
      if (request.getPreview()) return new pb.UpdateResponse().setProperties(structOf(preview(type, plain), secrets));
      if (type.update === undefined) throw new Refusal(`${type.token} can't be changed in place`);
      const outputs = await type.update(operationOf(request.getUrn()), plain);
      return new pb.UpdateResponse().setProperties(structOf({ ...plain, ...outputs }, secrets));
    },
    delete: async (request: pb.DeleteRequest) => {
      const type = typeOf(request.getUrn());
      await type.delete?.(operationOf(request.getUrn()), received(request.getProperties()).plain);
      return new Empty();
    },
    invoke: (request: pb.InvokeRequest) => {
      throw new Refusal(`${request.getTok()} is not supported by the local stand-in for the ${provider.name} provider`);
    },
  };
}
