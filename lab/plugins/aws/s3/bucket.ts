import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
} from "@aws-sdk/client-s3";
import type { BucketLocationConstraint } from "@aws-sdk/client-s3";

import type { Context } from "../core/context";
import { Refusal, completing, show, unlessMissing } from "../core/errors";
import { flag, shortText } from "../core/kinds";
import { defaulted, optional, unsupportedAll } from "../core/property";
import type { Tags } from "../core/resourceType";
import { resourceType } from "../core/resourceType";
import { tagList, tagsFrom } from "../core/tags";
import { bucketExists, bucketName, s3 } from "./client";

/** Where the API has no such word as a location: it is the default. */
const firstRegion = "us-east-1";

async function tagsOf(context: Context, id: string): Promise<Tags> {
  const answer = await unlessMissing(() => s3(context).send(new GetBucketTaggingCommand({ Bucket: id })));
  return tagsFrom(answer?.TagSet);
}

async function putTags(context: Context, id: string, tags: Tags): Promise<void> {
  if (Object.keys(tags).length === 0) await s3(context).send(new DeleteBucketTaggingCommand({ Bucket: id }));
  else await s3(context).send(new PutBucketTaggingCommand({ Bucket: id, Tagging: { TagSet: tagList(tags) } }));
}

export const bucket = resourceType({
  token: "aws:s3/bucket:Bucket",
  properties: {
    bucket: optional(bucketName, { computed: true, replaces: true }),
    bucketPrefix: optional(shortText(37), { computed: true, replaces: true }),
    forceDestroy: defaulted(flag, false),
    // Deprecated here in favour of resources of their own, or not needed.
    ...unsupportedAll(
      "accelerationStatus",
      "acl",
      "bucketNamespace",
      "corsRules",
      "grants",
      "lifecycleRules",
      "logging",
      "objectLockConfiguration",
      "objectLockEnabled",
      "policy",
      "replicationConfiguration",
      "requestPayer",
      "serverSideEncryptionConfiguration",
      "versioning",
      "website",
    ),
  },
  outputs: ["arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName"],
  autoname: { property: "bucket", unless: "bucketPrefix", mostCharacters: 63, lowerCase: true },
  tagging: {
    async retag(context, id, set, remove) {
      const tags: Record<string, string> = { ...(await tagsOf(context, id)), ...set };
      for (const key of remove) delete tags[key];
      await putTags(context, id, tags);
    },
  },

  async create(context, inputs, tags) {
    const id = inputs.bucket ?? `${inputs.bucketPrefix}${Date.now()}`;
    // In us-east-1 S3 takes the creation of one's own existing bucket for done.
    if (await bucketExists(context, id)) throw new Refusal(`bucket = ${show(id)}: there is such a bucket already`);
    const LocationConstraint = context.region as BucketLocationConstraint;
    await s3(context).send(
      new CreateBucketCommand({
        Bucket: id,
        ...(context.region === firstRegion ? {} : { CreateBucketConfiguration: { LocationConstraint } }),
      }),
    );
    return completing(id, async () => {
      if (Object.keys(tags).length > 0) await putTags(context, id, tags);
    });
  },

  async read(context, id) {
    if (!(await bucketExists(context, id))) return undefined;
    return {
      arn: `arn:aws:s3:::${id}`,
      bucket: id,
      bucketDomainName: `${id}.s3.amazonaws.com`,
      bucketRegion: context.region,
      bucketRegionalDomainName: `${id}.s3.${context.region}.amazonaws.com`,
      tags: await tagsOf(context, id),
    };
  },

  async delete(context, id, state) {
    await unlessMissing(async () => {
      if (state.forceDestroy === true) await empty(context, id);
      await s3(context).send(new DeleteBucketCommand({ Bucket: id }));
    });
  },
});

/** Deletes every version of every object, a page at a time. */
async function empty(context: Context, id: string): Promise<void> {
  for (;;) {
    const page = await s3(context).send(new ListObjectVersionsCommand({ Bucket: id }));
    const objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    if (objects.length === 0) return;
    const Objects = objects.map(({ Key, VersionId }) => ({ Key, VersionId }));
    const { Errors = [] } = await s3(context).send(
      new DeleteObjectsCommand({ Bucket: id, Delete: { Objects, Quiet: true } }),
    );
    if (Errors.length > 0) {
      throw new Refusal(`bucket ${id}: ${Errors[0]?.Key} can't be deleted: ${Errors[0]?.Message}`);
    }
  }
}
