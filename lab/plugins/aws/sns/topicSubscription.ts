import { GetSubscriptionAttributesCommand, SubscribeCommand, UnsubscribeCommand } from "@aws-sdk/client-sns";

import { unlessMissing } from "../core/errors";
import { oneOf, text } from "../core/kinds";
import { required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { sns, topicArn } from "./client";

export const topicSubscription = resourceType({
  token: "aws:sns/topicSubscription:TopicSubscription",
  properties: {
    topic: required(topicArn, { replaces: true }),
    protocol: required(oneOf("email", "https", "lambda", "sqs"), { replaces: true }),
    endpoint: required(text, { replaces: true }),
    ...unsupportedAll("deliveryPolicy", "filterPolicy", "filterPolicyScope", "rawMessageDelivery", "redrivePolicy"),
  },
  outputs: ["arn", "ownerId", "pendingConfirmation"],

  async create(context, { topic: TopicArn, protocol: Protocol, endpoint: Endpoint }) {
    const command = new SubscribeCommand({ TopicArn, Protocol, Endpoint, ReturnSubscriptionArn: true });
    return (await sns(context).send(command)).SubscriptionArn ?? "";
  },

  async read(context, id) {
    const command = new GetSubscriptionAttributesCommand({ SubscriptionArn: id });
    const found = (await unlessMissing(() => sns(context).send(command)))?.Attributes;
    if (found === undefined) return undefined;
    return {
      arn: id,
      topic: found["TopicArn"],
      protocol: found["Protocol"],
      endpoint: found["Endpoint"],
      ownerId: found["Owner"],
      pendingConfirmation: found["PendingConfirmation"] === "true",
    };
  },

  async delete(context, id) {
    await unlessMissing(() => sns(context).send(new UnsubscribeCommand({ SubscriptionArn: id })));
  },
});
