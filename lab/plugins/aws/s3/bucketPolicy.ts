import { DeleteBucketPolicyCommand, GetBucketPolicyCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";

import type { Context } from "../core/context";
import { unlessMissing } from "../core/errors";
import { policyDocument } from "../core/kinds";
import { required } from "../core/property";
import { resourceType } from "../core/resourceType";
import { anExistingBucket, bucketName, s3 } from "./client";

interface Statement {
  readonly Resource?: string | readonly string[];
  readonly Principal?: unknown;
}

/** S3 refuses a policy that speaks of anything but its own bucket. */
function foreignResources(policy: string, bucket: string): string[] {
  const { Statement: statements } = JSON.parse(policy) as { Statement?: Statement | readonly Statement[] };
  const own = `arn:aws:s3:::${bucket}`;
  return [statements ?? []]
    .flat()
    .flatMap(({ Resource = [] }) => Resource)
    .filter((resource) => resource !== own && !resource.startsWith(`${own}/`));
}

async function put(context: Context, bucket: string, policy: string): Promise<void> {
  await s3(context).send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policy }));
}

export const bucketPolicy = resourceType({
  token: "aws:s3/bucketPolicy:BucketPolicy",
  properties: {
    bucket: required(bucketName, { replaces: true, reference: anExistingBucket }),
    policy: required(policyDocument, { compare: "json", document: true }),
  },
  outputs: [],

  check({ inputs }) {
    const { bucket, policy } = inputs;
    if (bucket === undefined || policy === undefined) return [];
    return foreignResources(policy, bucket).map((resource) => ({
      property: "policy",
      reason: `policy: resource ${resource} is not of bucket ${bucket}`,
    }));
  },

  async create(context, inputs) {
    await put(context, inputs.bucket, inputs.policy);
    return inputs.bucket;
  },

  async read(context, id) {
    const found = await unlessMissing(() => s3(context).send(new GetBucketPolicyCommand({ Bucket: id })));
    return found?.Policy === undefined ? undefined : { bucket: id, policy: found.Policy };
  },

  async update(context, id, { news }) {
    await put(context, id, news.policy);
  },

  async delete(context, id) {
    await unlessMissing(() => s3(context).send(new DeleteBucketPolicyCommand({ Bucket: id })));
  },
});
