import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
} from "@aws-sdk/client-ssm";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import type { Fault } from "../core/errors";
import { unlessMissing } from "../core/errors";
import { flag, oneOf, shortText, text } from "../core/kinds";
import type { InputsOf } from "../core/property";
import { optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { taggingBy, tagList, tagsFrom } from "../core/tags";
import { ssm } from "./client";

const parameterName = shortText(1011, 1)
  .regex(/^[a-zA-Z0-9_.\-/]+$/, "must consist of letters, digits and _.-/")
  .refine((name) => !name.includes("/") || name.startsWith("/"), "must begin with / if it has one")
  .refine((name) => !/^\/?(aws|ssm)/i.test(name), `must not begin with "aws" or "ssm"`);

const properties = {
  name: optional(parameterName, { computed: true, replaces: true }),
  type: required(oneOf("String", "StringList", "SecureString")),
  value: optional(text, { computed: true }),
  insecureValue: optional(text, { computed: true }),
  description: optional(shortText(1024)),
  tier: optional(oneOf("Standard", "Advanced", "Intelligent-Tiering"), { computed: true }),
  overwrite: optional(flag),
} as const;

type Inputs = InputsOf<typeof properties>;

const mostBytes = { Standard: 4096, Advanced: 8192, "Intelligent-Tiering": 8192 } as const;

async function put(context: Context, inputs: Inputs, overwrite: boolean, tags?: Readonly<Record<string, string>>) {
  await ssm(context).send(
    new PutParameterCommand({
      Name: inputs.name,
      Type: inputs.type,
      Value: inputs.value ?? inputs.insecureValue,
      Description: inputs.description,
      Tier: inputs.tier,
      Overwrite: overwrite,
      // AWS takes tags only for a new parameter.
      Tags: tags !== undefined && Object.keys(tags).length > 0 ? tagList(tags) : undefined,
    }),
  );
}

/** A parameter, as the calls for tags name it. */
const resource = (id: string) => ({ ResourceType: "Parameter", ResourceId: id }) as const;

export const parameter = resourceType({
  token: "aws:ssm/parameter:Parameter",
  properties: {
    ...properties,
    ...unsupportedAll("allowedPattern", "arn", "dataType", "keyId", "valueWo", "valueWoVersion"),
  },
  outputs: ["arn", "dataType", "hasValueWo", "keyId", "version"],
  secretOutputs: ["value"],
  autoname: { property: "name", mostCharacters: 2048 },
  tagging: taggingBy({
    tag: (context, id, tags) =>
      ssm(context).send(new AddTagsToResourceCommand({ ...resource(id), Tags: tagList(tags) })),
    untag: (context, id, TagKeys) => ssm(context).send(new RemoveTagsFromResourceCommand({ ...resource(id), TagKeys })),
  }),

  check({ inputs, given }) {
    const faults: Fault[] = [];
    if (given("value") === given("insecureValue")) {
      faults.push({ property: "value", reason: "exactly one is needed: value or insecureValue" });
    }
    if (inputs.type === "SecureString" && given("insecureValue")) {
      faults.push({ property: "insecureValue", reason: "insecureValue: not for a SecureString, use value" });
    }
    const contents = inputs.value ?? inputs.insecureValue;
    const most = mostBytes[inputs.tier ?? "Standard"];
    if (contents === "") faults.push({ property: "value", reason: "value: must not be empty" });
    if (contents !== undefined && Buffer.byteLength(contents) > most) {
      faults.push({
        property: "value",
        reason: `value: must have at most ${most} bytes (tier Standard 4096, Advanced 8192)`,
      });
    }
    return faults;
  },

  replaces(property, { olds, news, state }) {
    const before = olds.tier ?? state.tier;
    return property === "tier" && before === "Advanced" && news.tier === "Standard";
  },

  unknownAfter(changed) {
    return changed.has("insecureValue") ? ["version", "value"] : ["version"];
  },

  async create(context, inputs, tags) {
    const overwrite = inputs.overwrite ?? false;
    await put(context, inputs, overwrite, overwrite ? undefined : tags);
    const name = inputs.name ?? "";
    if (overwrite) await this.tagging?.retag(context, name, tags, [], {});
    return name;
  },

  async read(context, id) {
    const command = new GetParameterCommand({ Name: id, WithDecryption: true });
    const found = (await unlessMissing(() => ssm(context).send(command)))?.Parameter;
    if (found === undefined) return undefined;
    const filter = { Key: "Name", Option: "Equals", Values: [id] };
    const [{ Parameters }, { TagList }] = await Promise.all([
      ssm(context).send(new DescribeParametersCommand({ ParameterFilters: [filter] })),
      ssm(context).send(new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: id })),
    ]);
    const details = Parameters?.[0];
    const plain = found.Type !== "SecureString";
    return {
      arn: found.ARN ?? (await arnOf(context, "ssm", `parameter${id.startsWith("/") ? "" : "/"}${id}`)),
      name: found.Name,
      type: found.Type,
      value: found.Value,
      insecureValue: plain ? found.Value : undefined,
      version: found.Version,
      dataType: found.DataType ?? "text",
      description: details?.Description || undefined,
      hasValueWo: false,
      keyId: details?.KeyId ?? (plain ? "" : "alias/aws/ssm"),
      tier: details?.Tier ?? "Standard",
      tags: tagsFrom(TagList),
    };
  },

  async update(context, _id, { news }) {
    await put(context, news, true);
  },

  async delete(context, id) {
    await unlessMissing(() => ssm(context).send(new DeleteParameterCommand({ Name: id })));
  },
});
