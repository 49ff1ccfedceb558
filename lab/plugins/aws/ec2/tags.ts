import type { ResourceType, TagSpecification } from "@aws-sdk/client-ec2";
import { CreateTagsCommand, DeleteTagsCommand } from "@aws-sdk/client-ec2";

import type { Tagging, Tags } from "../core/resourceType";
import { taggingBy, tagList } from "../core/tags";
import { ec2 } from "./client";

/** For the create call of a resource, so that it never exists untagged. */
export function tagSpecifications(type: ResourceType, tags: Tags): TagSpecification[] | undefined {
  const list = tagList(tags);
  return list.length === 0 ? undefined : [{ ResourceType: type, Tags: list }];
}

export const ec2Tagging: Tagging = taggingBy({
  tag: (context, id, tags) => ec2(context).send(new CreateTagsCommand({ Resources: [id], Tags: tagList(tags) })),
  untag: (context, id, keys) =>
    ec2(context).send(new DeleteTagsCommand({ Resources: [id], Tags: keys.map((Key) => ({ Key })) })),
});
