import type { ResourceType, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { CreateTagsCommand, DeleteTagsCommand } from "@aws-sdk/client-ec2";

import type { Tagging, Tags } from "../core/resourceType";
import { ec2 } from "./client";

export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** For the create call of a resource, so that it never exists untagged. */
export function tagSpecifications(type: ResourceType, tags: Tags): TagSpecification[] | undefined {
  const list = tagList(tags);
  return list.length === 0 ? undefined : [{ ResourceType: type, Tags: list }];
}

interface KeyAndValue {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Tags that AWS itself sets (aws:…) are not the program's business. */
export function tagsFrom(list: readonly KeyAndValue[] | undefined): Tags {
  const own = (list ?? []).filter(({ Key }) => Key !== undefined && !Key.startsWith("aws:"));
  return Object.fromEntries(own.map(({ Key = "", Value = "" }) => [Key, Value]));
}

export const ec2Tagging: Tagging = {
  async retag(context, id, set, remove) {
    if (remove.length > 0) {
      await ec2(context).send(new DeleteTagsCommand({ Resources: [id], Tags: remove.map((Key) => ({ Key })) }));
    }
    if (Object.keys(set).length > 0) {
      await ec2(context).send(new CreateTagsCommand({ Resources: [id], Tags: tagList(set) }));
    }
  },
};
