/** Nested properties that launch templates and instances share. */
import * as z from "zod";

import { integer, oneOf } from "../core/kinds";

export const metadataOptions = z.strictObject({
  httpEndpoint: oneOf("enabled", "disabled").optional(),
  httpTokens: oneOf("optional", "required").optional(),
  httpPutResponseHopLimit: integer(1, 64).optional(),
  instanceMetadataTags: oneOf("enabled", "disabled").optional(),
});

/** In the words of the API. */
export function apiMetadataOptions(options: z.infer<typeof metadataOptions> | undefined) {
  if (options === undefined) return undefined;
  return {
    HttpEndpoint: options.httpEndpoint,
    HttpTokens: options.httpTokens,
    HttpPutResponseHopLimit: options.httpPutResponseHopLimit,
    InstanceMetadataTags: options.instanceMetadataTags,
  };
}

interface ApiMetadataOptions {
  readonly HttpEndpoint?: string | undefined;
  readonly HttpTokens?: string | undefined;
  readonly HttpPutResponseHopLimit?: number | undefined;
  readonly InstanceMetadataTags?: string | undefined;
}

export function metadataOptionsFrom(options: ApiMetadataOptions | undefined) {
  if (options === undefined) return undefined;
  return {
    httpEndpoint: options.HttpEndpoint,
    httpTokens: options.HttpTokens,
    httpPutResponseHopLimit: options.HttpPutResponseHopLimit,
    instanceMetadataTags: options.InstanceMetadataTags,
  };
}

export const creditSpecification = z.strictObject({ cpuCredits: oneOf("standard", "unlimited") });
export const shutdownBehaviour = oneOf("stop", "terminate");
