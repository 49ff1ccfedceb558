/** Clients of the services that most commands call; those of others are made with `awsClient`. */
import { EC2Client } from "@aws-sdk/client-ec2";
import { S3Client } from "@aws-sdk/client-s3";
import { awsClient, callLimits } from "./awsClient";

/** A client of EC2, with limits. */
export const ec2Client = (region: string): EC2Client => awsClient(EC2Client, { region });

/** A client of S3, with limits. */
export function s3Client(region: string, limits = callLimits): S3Client {
  // A checksum computed here would be signed into a presigned address as that of an empty body, and every upload be
  // refused.
  return awsClient(S3Client, { region, requestChecksumCalculation: "WHEN_REQUIRED" }, limits);
}
