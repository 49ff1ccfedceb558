import {
  DeletePublicAccessBlockCommand,
  GetPublicAccessBlockCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";

import type { Context } from "../core/context";
import { unlessMissing } from "../core/errors";
import { flag } from "../core/kinds";
import { defaulted, required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { anExistingBucket, bucketName, s3 } from "./client";

interface Blocks {
  readonly blockPublicAcls: boolean;
  readonly blockPublicPolicy: boolean;
  readonly ignorePublicAcls: boolean;
  readonly restrictPublicBuckets: boolean;
}

async function put(context: Context, bucket: string, blocks: Blocks): Promise<void> {
  await s3(context).send(
    new PutPublicAccessBlockCommand({
      Bucket: bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: blocks.blockPublicAcls,
        BlockPublicPolicy: blocks.blockPublicPolicy,
        IgnorePublicAcls: blocks.ignorePublicAcls,
        RestrictPublicBuckets: blocks.restrictPublicBuckets,
      },
    }),
  );
}

export const bucketPublicAccessBlock = resourceType({
  token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  properties: {
    bucket: required(bucketName, { replaces: true, reference: anExistingBucket }),
    blockPublicAcls: defaulted(flag, false),
    blockPublicPolicy: defaulted(flag, false),
    ignorePublicAcls: defaulted(flag, false),
    restrictPublicBuckets: defaulted(flag, false),
    ...unsupportedAll("skipDestroy"),
  },
  outputs: [],

  async create(context, inputs) {
    await put(context, inputs.bucket, inputs);
    return inputs.bucket;
  },

  async read(context, id) {
    const found = await unlessMissing(() => s3(context).send(new GetPublicAccessBlockCommand({ Bucket: id })));
    const blocks = found?.PublicAccessBlockConfiguration;
    if (blocks === undefined) return undefined;
    return {
      bucket: id,
      blockPublicAcls: blocks.BlockPublicAcls ?? false,
      blockPublicPolicy: blocks.BlockPublicPolicy ?? false,
      ignorePublicAcls: blocks.IgnorePublicAcls ?? false,
      restrictPublicBuckets: blocks.RestrictPublicBuckets ?? false,
    };
  },

  async update(context, id, { news }) {
    await put(context, id, news);
  },

  async delete(context, id) {
    await unlessMissing(() => s3(context).send(new DeletePublicAccessBlockCommand({ Bucket: id })));
  },
});
