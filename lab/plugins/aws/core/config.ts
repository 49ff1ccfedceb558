/** The provider's configuration (`aws:region`, `aws:endpoints`, …), as the real provider takes it. */
import * as z from "zod";

import type { Fault } from "./errors";
import { Refusal, show } from "./errors";
import { tagMap, textOf } from "./kinds";
import { nearest } from "./nearest";
import type { PropertyMap } from "./propertyValues";
import { isUnknown } from "./propertyValues";

export interface ProviderConfig {
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly maxAttempts: number;
  readonly defaultTags: Readonly<Record<string, string>>;
  readonly allowedAccountIds: readonly string[];
  readonly forbiddenAccountIds: readonly string[];
  readonly endpointOf: (service: string) => string;
}

const flag = z.union([z.boolean(), z.enum(["true", "false"])]);

/** The engine hands scalars over as text, and lists and objects as JSON text. */
function json<S extends z.ZodType>(schema: S) {
  return z.preprocess((value, check) => {
    if (typeof value !== "string") return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      check.addIssue({ code: "custom", message: "must be JSON" });
      return z.NEVER;
    }
  }, schema);
}

const accounts = json(z.array(textOf(/^\d{12}$/, "an account number of 12 digits")));

const settings = {
  region: textOf(/^[a-z]{2}(-[a-z]+)+-\d+$/, "a region like us-east-1"),
  accessKey: z.string(),
  secretKey: z.string(),
  token: z.string(),
  endpoints: json(z.array(z.record(z.string(), z.string()))),
  defaultTags: json(z.strictObject({ tags: tagMap.optional() })),
  allowedAccountIds: accounts,
  forbiddenAccountIds: accounts,
  maxRetries: z.coerce.number().int().min(0).max(100),
  retryMode: z.enum(["standard", "adaptive", "legacy"]),
  // These say what the real provider leaves out at start-up; here nothing of that is done in the first place.
  skipCredentialsValidation: flag,
  skipMetadataApiCheck: flag,
  skipRegionValidation: flag,
  skipRequestingAccountId: flag,
  s3UsePathStyle: flag,
} as const;

/** Known to the real provider, not to this one. */
const unsupportedSettings = new Set([
  "assumeRoleWithWebIdentity",
  "assumeRoles",
  "customCaBundle",
  "ec2MetadataServiceEndpoint",
  "ec2MetadataServiceEndpointMode",
  "httpProxy",
  "httpsProxy",
  "ignoreTags",
  "insecure",
  "noProxy",
  "profile",
  "s3UsEast1RegionalEndpoint",
  "sharedConfigFiles",
  "sharedCredentialsFiles",
  "stsRegion",
  "tagPolicyCompliance",
  "tokenBucketRateLimiterCapacity",
  "useDualstackEndpoint",
  "useFipsEndpoint",
  "userAgents",
]);

/** Never shown. */
export const secretSettings: ReadonlySet<string> = new Set(["accessKey", "secretKey", "token"]);

/** The engine's own, beside the settings. */
const engineKeys = new Set(["version", "pluginDownloadURL", "pluginChecksums", "__internal"]);

/** Reads what can be read and lists what is wrong; unknown values (previews) are left out. */
export function checkConfig(inputs: PropertyMap): { values: PropertyMap; faults: Fault[] } {
  const values: PropertyMap = {};
  const faults: Fault[] = [];
  for (const [key, value] of Object.entries(inputs)) {
    if (engineKeys.has(key) || isUnknown(value)) continue;
    if (unsupportedSettings.has(key)) {
      faults.push({ property: key, reason: `aws:${key} is not supported by the local stand-in for the AWS provider` });
      continue;
    }
    if (!(key in settings)) {
      const known = [...Object.keys(settings), ...unsupportedSettings];
      faults.push({ property: key, reason: `aws:${key} is not a setting of the AWS provider${nearest(key, known)}` });
      continue;
    }
    const parsed = settings[key as keyof typeof settings].safeParse(value);
    if (parsed.success) {
      values[key] = parsed.data;
      continue;
    }
    for (const issue of parsed.error.issues) {
      const path = ["aws:" + key, ...issue.path].join(".");
      faults.push({ property: key, reason: `${path} = ${show(value, secretSettings.has(key))}: ${issue.message}` });
    }
  }
  return { values, faults };
}

/** Throws a Refusal that names every fault. */
export function parseConfig(inputs: PropertyMap, environment: NodeJS.ProcessEnv): ProviderConfig {
  const { values, faults } = checkConfig(inputs);
  if (faults.length > 0) throw new Refusal(faults.map((fault) => fault.reason).join("\n"));
  const text = (key: string, ...variables: string[]): string | undefined =>
    (values[key] as string | undefined) ?? variables.map((name) => environment[name]).find((value) => value);

  const region = text("region", "AWS_REGION", "AWS_DEFAULT_REGION");
  if (region === undefined) throw new Refusal("no AWS region: run `pulumi config set aws:region us-east-1`");
  const accessKeyId = text("accessKey", "AWS_ACCESS_KEY_ID");
  const secretAccessKey = text("secretKey", "AWS_SECRET_ACCESS_KEY");
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Refusal("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (in the lab: test, test)");
  }
  const sessionToken = text("token", "AWS_SESSION_TOKEN");
  const endpoints = Object.assign({}, ...((values.endpoints ?? []) as PropertyMap[])) as Record<string, string>;
  const defaultTags = (values.defaultTags as { tags?: Record<string, string> } | undefined)?.tags ?? {};
  return {
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    maxAttempts: 1 + ((values.maxRetries as number | undefined) ?? 2),
    defaultTags,
    allowedAccountIds: (values.allowedAccountIds ?? []) as string[],
    forbiddenAccountIds: (values.forbiddenAccountIds ?? []) as string[],
    endpointOf: (service) =>
      localEndpoint(
        service,
        endpoints[service] ?? environment[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? environment.AWS_ENDPOINT_URL,
      ),
  };
}

const localHost = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|198\.51\.100\.|\[::1\])/;

/** This program must never reach the real AWS, where its short cuts would do harm. */
function localEndpoint(service: string, url: string | undefined): string {
  if (url === undefined || url === "") {
    throw new Refusal(
      `this is the local stand-in for the AWS provider, and no local endpoint is set for ${service}: ` +
        "set AWS_ENDPOINT_URL (npm run lab env), or take `lab/plugins/bin` off the PATH to use the real provider",
    );
  }
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  if (!localHost.test(host)) {
    throw new Refusal(
      `AWS endpoint ${url} (${service}) is not a local address; the stand-in for the AWS provider works with the ` +
        "lab only",
    );
  }
  return url;
}
