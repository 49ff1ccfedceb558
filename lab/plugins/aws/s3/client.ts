import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";

import type { Context } from "../core/context";
import { serviceClient } from "../core/context";
import { isNotFound } from "../core/errors";
import { textOf } from "../core/kinds";
import type { Reference } from "../core/property";

export const s3 = serviceClient(
  "s3",
  (settings) =>
    new S3Client({
      ...settings,
      // The endpoint is an address: a bucket's name can't be a part of it.
      forcePathStyle: true,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    }),
);

export const bucketName = textOf(
  /^(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  "3 to 63 lower-case letters, digits, dots and dashes, with a letter or digit at both ends",
);

export const anExistingBucket: Reference = { noun: "bucket", exists: bucketExists };

export async function bucketExists(context: Context, name: string): Promise<boolean> {
  try {
    await s3(context).send(new HeadBucketCommand({ Bucket: name }));
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
