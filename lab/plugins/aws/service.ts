/** Pulumi's provider protocol (gRPC) on top of provider.ts. */
import type { ServiceError } from "@grpc/grpc-js";
import { Metadata, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import type { EngineLog } from "../common/engineLog";
import type { Handlers } from "../common/protocol";
import { GrpcFailure, diffResponse, failuresOf, received, resourceOf, structOf } from "../common/protocol";
import { checkConfig, parseConfig, secretSettings } from "./core/config";
import type { Context, Session } from "./core/context";
import { Refusal } from "./core/errors";
import * as provider from "./provider";
import { openSession } from "./session";

/** The version of the real provider that this one stands in for. */
export const providerVersion = "7.48.0";

function union(...sets: readonly Iterable<string>[]): Set<string> {
  return new Set(sets.flatMap((set) => [...set]));
}

/** The `tagsAll` of secret tags are as secret. */
function outputSecrets(...from: readonly ReadonlySet<string>[]): Set<string> {
  const all = union(...from);
  if (all.has("tags")) all.add("tagsAll");
  return all;
}

function initializationFailure(
  error: provider.InitializationError,
  secrets: ReadonlySet<string>,
): Partial<ServiceError> {
  const detail = new ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(structOf(error.outputs, secrets))
    .setInputs(structOf(error.inputs, secrets))
    .setReasonsList([error.reason]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const answer = new Status();
  answer.setCode(status.UNKNOWN);
  answer.setMessage(error.reason);
  answer.addDetails(packed);
  const metadata = new Metadata();
  // How gRPC carries structured details; the engine looks for it to keep the resource in its state.
  metadata.add("grpc-status-details-bin", Buffer.from(answer.serializeBinary()));
  return { code: status.UNKNOWN, details: error.reason, message: error.reason, metadata };
}

/** The service; `log` shows progress in the engine. */
export function awsService(log: EngineLog, cancelled: AbortSignal): Handlers {
  let session: Session | undefined;

  const configured = (): Session => {
    if (session === undefined) throw new Refusal("the provider has not been configured yet");
    return session;
  };

  const contextOf = (urn: string, timeoutSeconds = 0): Context => {
    const current = configured();
    return {
      session: current,
      region: current.config.region,
      timeoutSeconds: timeoutSeconds > 0 ? timeoutSeconds : undefined,
      signal: cancelled,
      log: (line) => log(urn, line),
    };
  };

  async function secretsOf(token: string, ...from: readonly ReadonlySet<string>[]): Promise<Set<string>> {
    return outputSecrets(...from, new Set(await provider.secretOutputsOf(token)));
  }

  /** An operation whose failure may leave a resource behind. */
  async function keepingState<A>(secrets: ReadonlySet<string>, operation: () => Promise<A>): Promise<A> {
    try {
      return await operation();
    } catch (error) {
      if (error instanceof provider.InitializationError) throw new GrpcFailure(initializationFailure(error, secrets));
      throw error;
    }
  }

  return {
    handshake: () => new pb.ProviderHandshakeResponse().setAcceptSecrets(true).setSupportsAutonamingConfiguration(true),

    checkConfig: (request: pb.CheckRequest) => {
      const { faults } = checkConfig(received(request.getNews()).plain);
      return new pb.CheckResponse().setInputs(request.getNews()).setFailuresList(failuresOf(faults, secretSettings));
    },
    diffConfig: (request: pb.DiffRequest) => {
      const olds = received(request.getOldInputs() ?? request.getOlds()).plain;
      const news = received(request.getNews()).plain;
      const answer = new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_UNKNOWN);
      // Resources live in a region: another one is another provider, with all that it holds.
      if (olds.region !== news.region) answer.setReplacesList(["region"]);
      return answer;
    },
    configure: (request: pb.ConfigureRequest) => {
      session = openSession(parseConfig(received(request.getArgs()).plain, process.env));
      return new pb.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(true);
    },

    check: async (request: pb.CheckRequest) => {
      const { token, name } = resourceOf(request.getUrn());
      const news = received(request.getNews());
      const autonaming = request.getAutonaming();
      const disabled = autonaming?.getMode() === pb.CheckRequest.AutonamingOptions.Mode.DISABLE;
      const proposedName = disabled ? undefined : autonaming?.getProposedName();
      const { inputs, failures } = await provider.check(session, {
        token,
        name,
        olds: received(request.getOlds()).plain,
        news: news.plain,
        seed: request.getRandomseed_asU8(),
        secrets: news.secrets,
        ...(proposedName ? { proposedName } : {}),
      });
      return new pb.CheckResponse()
        .setInputs(structOf(inputs, news.secrets))
        .setFailuresList(failuresOf(failures, news.secrets));
    },
    diff: async (request: pb.DiffRequest) => {
      const { token } = resourceOf(request.getUrn());
      const outcome = await provider.diff(session, {
        token,
        oldInputs: received(request.getOldInputs()).plain,
        state: received(request.getOlds()).plain,
        news: received(request.getNews()).plain,
      });
      return diffResponse(outcome);
    },
    create: async (request: pb.CreateRequest) => {
      const { token } = resourceOf(request.getUrn());
      const { plain, secrets: given } = received(request.getProperties());
      const secrets = await secretsOf(token, given);
      if (request.getPreview()) {
        const outputs = await provider.previewCreate(configured(), token, plain);
        return new pb.CreateResponse().setProperties(structOf(outputs, secrets));
      }
      return keepingState(secrets, async () => {
        const { id, outputs } = await provider.create(contextOf(request.getUrn(), request.getTimeout()), token, plain);
        return new pb.CreateResponse().setId(id).setProperties(structOf(outputs, secrets));
      });
    },
    read: async (request: pb.ReadRequest) => {
      const { token } = resourceOf(request.getUrn());
      const state = received(request.getProperties());
      const inputs = received(request.getInputs());
      const found = await provider.read(contextOf(request.getUrn()), {
        token,
        id: request.getId(),
        state: state.plain,
        inputs: inputs.plain,
      });
      const answer = new pb.ReadResponse();
      if (found === undefined) return answer;
      const secrets = await secretsOf(token, state.secrets, inputs.secrets);
      return answer
        .setId(found.id)
        .setProperties(structOf(found.outputs, secrets))
        .setInputs(structOf(found.inputs, secrets));
    },
    update: async (request: pb.UpdateRequest) => {
      const { token } = resourceOf(request.getUrn());
      const news = received(request.getNews());
      const change = {
        token,
        id: request.getId(),
        oldInputs: received(request.getOldInputs()).plain,
        state: received(request.getOlds()).plain,
        news: news.plain,
      };
      const secrets = await secretsOf(token, news.secrets);
      if (request.getPreview()) {
        const outputs = await provider.previewUpdate(configured(), change);
        return new pb.UpdateResponse().setProperties(structOf(outputs, secrets));
      }
      return keepingState(secrets, async () => {
        const outputs = await provider.update(contextOf(request.getUrn(), request.getTimeout()), change);
        return new pb.UpdateResponse().setProperties(structOf(outputs, secrets));
      });
    },
    delete: async (request: pb.DeleteRequest) => {
      const { token } = resourceOf(request.getUrn());
      const context = contextOf(request.getUrn(), request.getTimeout());
      await provider.remove(context, token, request.getId(), received(request.getProperties()).plain);
      return new Empty();
    },
    invoke: async (request: pb.InvokeRequest) => {
      const args = received(request.getArgs()).plain;
      const { result, failures, secrets } = await provider.invoke(contextOf(""), request.getTok(), args);
      return new pb.InvokeResponse().setReturn(structOf(result, secrets)).setFailuresList(failuresOf(failures));
    },
  };
}
