import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
} from "@aws-sdk/client-s3";
import * as z from "zod";

import type { Context } from "../core/context";
import { unlessMissing } from "../core/errors";
import { integer, oneOf, shortText, text } from "../core/kinds";
import { required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { anExistingBucket, bucketName, s3 } from "./client";

const days = integer(1, 36_500);

const rule = z
  .strictObject({
    id: shortText(255, 1),
    status: oneOf("Enabled", "Disabled"),
    // An empty one is every object.
    filter: z.strictObject({ prefix: text.optional() }),
    abortIncompleteMultipartUpload: z.strictObject({ daysAfterInitiation: days }).optional(),
    expiration: z.strictObject({ days }).optional(),
  })
  .refine(({ abortIncompleteMultipartUpload, expiration }) => abortIncompleteMultipartUpload ?? expiration, {
    error: "needs something to do: expiration or abortIncompleteMultipartUpload",
  });

async function put(context: Context, bucket: string, rules: readonly z.infer<typeof rule>[]): Promise<void> {
  const Rules = rules.map(({ id, status, filter, abortIncompleteMultipartUpload: abort, expiration }) => ({
    ID: id,
    Status: status,
    Filter: { Prefix: filter.prefix ?? "" },
    ...(abort && { AbortIncompleteMultipartUpload: { DaysAfterInitiation: abort.daysAfterInitiation } }),
    ...(expiration && { Expiration: { Days: expiration.days } }),
  }));
  await s3(context).send(
    new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration: { Rules } }),
  );
}

export const bucketLifecycle = resourceType({
  token: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  properties: {
    bucket: required(bucketName, { replaces: true, reference: anExistingBucket }),
    rules: required(z.array(rule).min(1), { compare: "subset" }),
    ...unsupportedAll("expectedBucketOwner", "transitionDefaultMinimumObjectSize"),
  },
  outputs: [],

  async create(context, inputs) {
    await put(context, inputs.bucket, inputs.rules);
    return inputs.bucket;
  },

  async read(context, id) {
    const found = await unlessMissing(() =>
      s3(context).send(new GetBucketLifecycleConfigurationCommand({ Bucket: id })),
    );
    if (found?.Rules === undefined) return undefined;
    return {
      bucket: id,
      rules: found.Rules.map(({ ID, Status, Filter, AbortIncompleteMultipartUpload: abort, Expiration }) => ({
        id: ID,
        status: Status,
        filter: Filter?.Prefix ? { prefix: Filter.Prefix } : {},
        ...(abort && { abortIncompleteMultipartUpload: { daysAfterInitiation: abort.DaysAfterInitiation } }),
        ...(Expiration && { expiration: { days: Expiration.Days } }),
      })),
    };
  },

  async update(context, id, { news }) {
    await put(context, id, news.rules);
  },

  async delete(context, id) {
    await unlessMissing(() => s3(context).send(new DeleteBucketLifecycleCommand({ Bucket: id })));
  },
});
