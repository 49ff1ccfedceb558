import {
  DeleteBucketEncryptionCommand,
  GetBucketEncryptionCommand,
  PutBucketEncryptionCommand,
} from "@aws-sdk/client-s3";
import * as z from "zod";

import type { Context } from "../core/context";
import { unlessMissing } from "../core/errors";
import { flag, oneOf } from "../core/kinds";
import { required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { anExistingBucket, bucketName, s3 } from "./client";

const rule = z.strictObject({
  applyServerSideEncryptionByDefault: z.strictObject({ sseAlgorithm: oneOf("AES256", "aws:kms", "aws:kms:dsse") }),
  bucketKeyEnabled: flag.optional(),
});

async function put(context: Context, bucket: string, rules: readonly z.infer<typeof rule>[]): Promise<void> {
  const Rules = rules.map(({ applyServerSideEncryptionByDefault: byDefault, bucketKeyEnabled }) => ({
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: byDefault.sseAlgorithm },
    BucketKeyEnabled: bucketKeyEnabled,
  }));
  await s3(context).send(
    new PutBucketEncryptionCommand({ Bucket: bucket, ServerSideEncryptionConfiguration: { Rules } }),
  );
}

export const bucketEncryption = resourceType({
  token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  properties: {
    bucket: required(bucketName, { replaces: true, reference: anExistingBucket }),
    rules: required(z.array(rule).length(1, "must be exactly one rule"), { compare: "subset" }),
    ...unsupportedAll("expectedBucketOwner"),
  },
  outputs: [],

  async create(context, inputs) {
    await put(context, inputs.bucket, inputs.rules);
    return inputs.bucket;
  },

  async read(context, id) {
    const found = await unlessMissing(() => s3(context).send(new GetBucketEncryptionCommand({ Bucket: id })));
    const rules = found?.ServerSideEncryptionConfiguration?.Rules;
    if (rules === undefined) return undefined;
    return {
      bucket: id,
      rules: rules.map(({ ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled }) => ({
        applyServerSideEncryptionByDefault: { sseAlgorithm: byDefault?.SSEAlgorithm },
        bucketKeyEnabled: BucketKeyEnabled ?? false,
      })),
    };
  },

  async update(context, id, { news }) {
    await put(context, id, news.rules);
  },

  async delete(context, id) {
    await unlessMissing(() => s3(context).send(new DeleteBucketEncryptionCommand({ Bucket: id })));
  },
});
