import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";

import { unlessMissing } from "../core/errors";
import { shortText, text, textOf } from "../core/kinds";
import { optional, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { taggingBy, tagList, tagsFrom } from "../core/tags";
import { sns } from "./client";

export const topic = resourceType({
  token: "aws:sns/topic:Topic",
  properties: {
    name: optional(textOf(/^[A-Za-z0-9_-]{1,256}$/, "letters, digits, - and _"), { computed: true, replaces: true }),
    displayName: optional(shortText(100)),
    kmsMasterKeyId: optional(text),
    ...unsupportedAll("policy", "fifoTopic", "deliveryPolicy", "namePrefix", "signatureVersion", "tracingConfig"),
  },
  outputs: ["arn", "owner", "policy"],
  autoname: { property: "name", mostCharacters: 256 },
  tagging: taggingBy({
    tag: (context, id, tags) => sns(context).send(new TagResourceCommand({ ResourceArn: id, Tags: tagList(tags) })),
    untag: (context, id, TagKeys) => sns(context).send(new UntagResourceCommand({ ResourceArn: id, TagKeys })),
  }),

  async create(context, { name, displayName, kmsMasterKeyId }, tags) {
    const Attributes = {
      ...(displayName !== undefined && { DisplayName: displayName }),
      ...(kmsMasterKeyId !== undefined && { KmsMasterKeyId: kmsMasterKeyId }),
    };
    const { TopicArn } = await sns(context).send(
      new CreateTopicCommand({ Name: name, Attributes, Tags: tagList(tags) }),
    );
    return TopicArn ?? "";
  },

  async read(context, id) {
    const found = await unlessMissing(() => sns(context).send(new GetTopicAttributesCommand({ TopicArn: id })));
    if (found === undefined) return undefined;
    const { Tags } = await sns(context).send(new ListTagsForResourceCommand({ ResourceArn: id }));
    const { DisplayName, KmsMasterKeyId, Owner, Policy } = found.Attributes ?? {};
    return {
      arn: id,
      name: id.split(":")[5],
      displayName: DisplayName || undefined,
      kmsMasterKeyId: KmsMasterKeyId || undefined,
      owner: Owner,
      policy: Policy,
      tags: tagsFrom(Tags),
    };
  },

  async update(context, id, { news, changed }) {
    const set = (AttributeName: string, AttributeValue = "") =>
      sns(context).send(new SetTopicAttributesCommand({ TopicArn: id, AttributeName, AttributeValue }));
    if (changed.has("displayName")) await set("DisplayName", news.displayName);
    if (changed.has("kmsMasterKeyId")) await set("KmsMasterKeyId", news.kmsMasterKeyId);
  },

  async delete(context, id) {
    await unlessMissing(() => sns(context).send(new DeleteTopicCommand({ TopicArn: id })));
  },
});
