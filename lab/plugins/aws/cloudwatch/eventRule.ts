import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-eventbridge";
import * as z from "zod";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { Refusal, unlessMissing } from "../core/errors";
import { shortText, text, textOf } from "../core/kinds";
import type { InputsOf } from "../core/property";
import { optional, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { taggingBy, tagList, tagsFrom } from "../core/tags";
import { eventBridge } from "./client";

const ruleName = textOf(/^[A-Za-z0-9_.-]{1,64}$/, "letters, digits, -, _ and .");
const ruleArn = (context: Context, id: string) => arnOf(context, "events", `rule/${id}`);

const ruleProperties = {
  name: optional(ruleName, { computed: true, replaces: true }),
  description: optional(shortText(512)),
  eventPattern: required(shortText(4096, 2), { compare: "json", document: true }),
} as const;

const putRule = (context: Context, inputs: InputsOf<typeof ruleProperties>, tags?: Readonly<Record<string, string>>) =>
  eventBridge(context).send(
    new PutRuleCommand({
      Name: inputs.name,
      Description: inputs.description,
      EventPattern: inputs.eventPattern,
      State: "ENABLED",
      Tags: tags && tagList(tags),
    }),
  );

export const eventRule = resourceType({
  token: "aws:cloudwatch/eventRule:EventRule",
  properties: {
    ...ruleProperties,
    ...unsupportedAll("eventBusName", "forceDestroy", "namePrefix", "roleArn", "scheduleExpression", "state"),
  },
  outputs: ["arn"],
  autoname: { property: "name", mostCharacters: 64 },
  tagging: taggingBy({
    tag: async (context, id, tags) =>
      eventBridge(context).send(
        new TagResourceCommand({ ResourceARN: await ruleArn(context, id), Tags: tagList(tags) }),
      ),
    untag: async (context, id, TagKeys) =>
      eventBridge(context).send(new UntagResourceCommand({ ResourceARN: await ruleArn(context, id), TagKeys })),
  }),

  async create(context, inputs, tags) {
    await putRule(context, inputs, tags);
    return inputs.name ?? "";
  },

  async read(context, id) {
    const found = await unlessMissing(() => eventBridge(context).send(new DescribeRuleCommand({ Name: id })));
    if (found?.Name === undefined) return undefined;
    const arn = await ruleArn(context, id);
    const { Tags } = await eventBridge(context).send(new ListTagsForResourceCommand({ ResourceARN: arn }));
    return {
      arn,
      name: found.Name,
      description: found.Description || undefined,
      eventPattern: found.EventPattern,
      tags: tagsFrom(Tags),
    };
  },

  async update(context, _id, { news }) {
    await putRule(context, news);
  },

  async delete(context, id) {
    await unlessMissing(() => eventBridge(context).send(new DeleteRuleCommand({ Name: id })));
  },
});

const targetProperties = {
  rule: required(ruleName, { replaces: true }),
  targetId: required(textOf(/^[A-Za-z0-9_.-]{1,64}$/, "letters, digits, -, _ and ."), { replaces: true }),
  arn: required(text),
  inputTransformer: optional(
    z.object({ inputPaths: z.record(text, text).optional(), inputTemplate: shortText(8192, 1) }).strict(),
  ),
} as const;

async function putTarget(context: Context, inputs: InputsOf<typeof targetProperties>): Promise<void> {
  const { rule: Rule, targetId: Id, arn: Arn, inputTransformer } = inputs;
  const InputTransformer = inputTransformer && {
    InputPathsMap: inputTransformer.inputPaths,
    InputTemplate: inputTransformer.inputTemplate,
  };
  const command = new PutTargetsCommand({ Rule, Targets: [{ Id, Arn, InputTransformer }] });
  const { FailedEntries: [failed] = [] } = await eventBridge(context).send(command);
  if (failed) throw new Refusal(`the target was refused: ${failed.ErrorMessage}`);
}

/** The id is `<rule>-<target>`, as the provider's. */
export const eventTarget = resourceType({
  token: "aws:cloudwatch/eventTarget:EventTarget",
  properties: {
    ...targetProperties,
    ...unsupportedAll("eventBusName", "input", "inputPath", "roleArn", "retryPolicy", "deadLetterConfig"),
  },
  outputs: [],

  async create(context, inputs) {
    await putTarget(context, inputs);
    return `${inputs.rule}-${inputs.targetId}`;
  },

  async read(context, _id, { rule, targetId }) {
    const command = new ListTargetsByRuleCommand({ Rule: String(rule) });
    const found = (await unlessMissing(() => eventBridge(context).send(command)))?.Targets?.find(
      ({ Id }) => Id === targetId,
    );
    if (found === undefined) return undefined;
    const { InputTransformer: transformer } = found;
    return {
      rule,
      targetId,
      arn: found.Arn,
      inputTransformer: transformer && {
        inputPaths: transformer.InputPathsMap,
        inputTemplate: transformer.InputTemplate,
      },
    };
  },

  async update(context, _id, { news }) {
    await putTarget(context, news);
  },

  async delete(context, _id, { rule, targetId }) {
    const command = new RemoveTargetsCommand({ Rule: String(rule), Ids: [String(targetId)] });
    await unlessMissing(() => eventBridge(context).send(command));
  },
});
