import { readFile, stat } from "node:fs/promises";

import {
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import * as z from "zod";

import type { Context } from "../core/context";
import { Refusal, unlessMissing } from "../core/errors";
import { base64, flag, oneOf, shortText, text } from "../core/kinds";
import type { InputsOf } from "../core/property";
import { defaulted, optional, required, unsupportedAll } from "../core/property";
import type { Asset } from "../core/propertyValues";
import { isAsset } from "../core/propertyValues";
import type { Tags } from "../core/resourceType";
import { resourceType } from "../core/resourceType";
import { tagList, tagsFrom } from "../core/tags";
import { anExistingBucket, bucketName, s3 } from "./client";

const asset = z.custom<Asset>(isAsset, "must be an asset (FileAsset or StringAsset); archives are not supported here");

const properties = {
  bucket: required(bucketName, { replaces: true, reference: anExistingBucket }),
  key: optional(shortText(1024, 1), { computed: true, replaces: true }),
  source: optional(asset),
  content: optional(text),
  contentBase64: optional(base64()),
  contentType: optional(shortText(255, 1), { computed: true }),
  etag: optional(text, { computed: true }),
  sourceHash: optional(text),
  metadata: optional(
    z.record(
      z.string().refine((key) => key === key.toLowerCase(), "must be in lower case"),
      z.string(),
    ),
  ),
  serverSideEncryption: optional(oneOf("AES256"), { computed: true }),
  forceDestroy: defaulted(flag, false),
} as const;

type Inputs = InputsOf<typeof properties>;

/** S3 takes at most 5 GiB at once. */
const mostBytes = 5 * 1024 ** 3;

async function bodyOf(inputs: Inputs): Promise<Buffer> {
  if (inputs.content !== undefined) return Buffer.from(inputs.content);
  if (inputs.contentBase64 !== undefined) return Buffer.from(inputs.contentBase64, "base64");
  const { source } = inputs;
  if (source === undefined) return Buffer.alloc(0);
  if (source.text !== undefined) return Buffer.from(source.text);
  if (source.path === undefined) throw new Refusal("source: remote assets are not supported by the local stand-in");
  const { size } = await stat(source.path);
  if (size > mostBytes) throw new Refusal(`source: ${source.path} has ${size} bytes, S3 takes ${mostBytes} at most`);
  return readFile(source.path);
}

function splitId(id: string): { Bucket: string; Key: string } {
  const [Bucket = "", ...rest] = id.replace(/^s3:\/\//, "").split("/");
  return { Bucket, Key: rest.join("/") };
}

async function upload(context: Context, inputs: Inputs, tags: Tags): Promise<void> {
  await s3(context).send(
    new PutObjectCommand({
      Bucket: inputs.bucket,
      Key: inputs.key,
      Body: await bodyOf(inputs),
      ContentType: inputs.contentType,
      Metadata: inputs.metadata,
      ServerSideEncryption: inputs.serverSideEncryption,
      Tagging: new URLSearchParams(tags).toString() || undefined,
    }),
  );
}

export const bucketObject = resourceType({
  token: "aws:s3/bucketObjectv2:BucketObjectv2",
  properties: {
    ...properties,
    ...unsupportedAll(
      "acl",
      "bucketKeyEnabled",
      "cacheControl",
      "checksumAlgorithm",
      "contentDisposition",
      "contentEncoding",
      "contentLanguage",
      "kmsKeyId",
      "objectLockLegalHoldStatus",
      "objectLockMode",
      "objectLockRetainUntilDate",
      "overrideProvider",
      "storageClass",
      "websiteRedirect",
    ),
  },
  outputs: ["arn", "storageClass", "versionId"],
  autoname: { property: "key", mostCharacters: 1024, randomDigits: 0 },
  tagging: {
    async retag(context, id, set, remove) {
      const place = splitId(id);
      const { TagSet } = await s3(context).send(new GetObjectTaggingCommand(place));
      const tags: Record<string, string> = { ...tagsFrom(TagSet), ...set };
      for (const key of remove) delete tags[key];
      if (Object.keys(tags).length === 0) await s3(context).send(new DeleteObjectTaggingCommand(place));
      else await s3(context).send(new PutObjectTaggingCommand({ ...place, Tagging: { TagSet: tagList(tags) } }));
    },
  },

  check({ given }) {
    const faults = [];
    const contents = (["source", "content", "contentBase64"] as const).filter((name) => given(name));
    if (contents.length > 1) {
      faults.push({ property: contents[1] ?? "source", reason: `${contents.join(", ")}: give one of them only` });
    }
    return faults;
  },

  unknownAfter(changed) {
    const contents = ["source", "content", "contentBase64", "etag", "sourceHash"];
    return contents.some((name) => changed.has(name)) ? ["etag", "versionId"] : [];
  },

  async create(context, inputs, tags) {
    await upload(context, inputs, tags);
    return `${inputs.bucket}/${inputs.key}`;
  },

  async read(context, id) {
    const place = splitId(id);
    const found = await unlessMissing(() => s3(context).send(new HeadObjectCommand(place)));
    if (found === undefined) return undefined;
    const { TagSet } = await s3(context).send(new GetObjectTaggingCommand(place));
    return {
      arn: `arn:aws:s3:::${id}`,
      bucket: place.Bucket,
      key: place.Key,
      contentType: found.ContentType,
      etag: found.ETag?.replaceAll('"', ""),
      metadata: found.Metadata ?? {},
      serverSideEncryption: found.ServerSideEncryption ?? "AES256",
      storageClass: found.StorageClass ?? "STANDARD",
      versionId: found.VersionId === undefined || found.VersionId === "null" ? "" : found.VersionId,
      tags: tagsFrom(TagSet),
    };
  },

  async update(context, _id, { news, changed }, tags) {
    if (changed.size === 1 && changed.has("forceDestroy")) return;
    await upload(context, news, tags);
  },

  async delete(context, id) {
    await unlessMissing(() => s3(context).send(new DeleteObjectCommand(splitId(id))));
  },
});
