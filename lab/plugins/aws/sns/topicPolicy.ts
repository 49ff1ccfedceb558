import { GetTopicAttributesCommand, SetTopicAttributesCommand } from "@aws-sdk/client-sns";

import type { Context } from "../core/context";
import { unlessMissing } from "../core/errors";
import { policyDocument } from "../core/kinds";
import { required } from "../core/property";
import { resourceType } from "../core/resourceType";
import { sns, topicArn } from "./client";

const attributesOf = async (context: Context, TopicArn: string) =>
  (await unlessMissing(() => sns(context).send(new GetTopicAttributesCommand({ TopicArn }))))?.Attributes;

async function put(context: Context, TopicArn: string, AttributeValue: string): Promise<void> {
  await sns(context).send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }));
}

export const topicPolicy = resourceType({
  token: "aws:sns/topicPolicy:TopicPolicy",
  properties: {
    arn: required(topicArn, { replaces: true }),
    policy: required(policyDocument, { compare: "json", document: true }),
  },
  outputs: ["owner"],

  async create(context, inputs) {
    await put(context, inputs.arn, inputs.policy);
    return inputs.arn;
  },

  async read(context, id) {
    const found = await attributesOf(context, id);
    return found === undefined ? undefined : { arn: id, policy: found["Policy"], owner: found["Owner"] };
  },

  async update(context, id, { news }) {
    await put(context, id, news.policy);
  },

  // A topic is never without a policy: the provider gives it back the one that it is made with.
  async delete(context, id) {
    const owner = (await attributesOf(context, id))?.["Owner"];
    if (owner === undefined) return;
    const statement = {
      Sid: "__default_statement_ID",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes", "sns:SetTopicAttributes"],
      Resource: id,
      Condition: { StringEquals: { "AWS:SourceOwner": owner } },
    };
    await put(context, id, JSON.stringify({ Version: "2008-10-17", Statement: [statement] }));
  },
});
