import { ListTagsForResourceCommand, ListTopicsCommand } from "@aws-sdk/client-sns";

import { Refusal } from "../core/errors";
import { shortText } from "../core/kinds";
import { required } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { tagsFrom } from "../core/tags";
import { sns } from "../sns/client";

export const getTopic = providerFunction({
  token: "aws:sns/getTopic:getTopic",
  properties: { name: required(shortText(256, 1)) },

  async invoke(context, { name }) {
    for (let NextToken: string | undefined; ;) {
      const page = await sns(context).send(new ListTopicsCommand({ NextToken }));
      const arn = page.Topics?.find(({ TopicArn }) => TopicArn?.endsWith(`:${name}`))?.TopicArn;
      if (arn !== undefined) {
        const { Tags } = await sns(context).send(new ListTagsForResourceCommand({ ResourceArn: arn }));
        return { id: arn, arn, name, tags: tagsFrom(Tags) };
      }
      NextToken = page.NextToken;
      if (NextToken === undefined) throw new Refusal(`no matching SNS Topic found`);
    }
  },
});
