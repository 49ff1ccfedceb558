/** What the cluster's instances were started from: their tags, by the AWS CLI, which every image has (its SDK would double the ops bundle). */
import { execFile } from "node:child_process";
import { tagKeys } from "../../../planning/names";

const callSeconds = 60;

interface Description {
  readonly Reservations?: readonly {
    readonly Instances?: readonly {
      readonly InstanceId: string;
      readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
    }[];
  }[];
}

/** Reads `aws ec2 describe-instances --output json`: revision by instance id; those without the tag are not in it. */
export function parseRevisions(json: string): Map<string, string> {
  const { Reservations = [] } = JSON.parse(json) as Description;
  const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
  return new Map(
    instances.flatMap(({ InstanceId, Tags = [] }) => {
      const revision = Tags.find(({ Key }) => Key === tagKeys.revision)?.Value;
      return revision === undefined ? [] : [[InstanceId, revision] as const];
    }),
  );
}

/** The revisions of these instances; ones that AWS does not know (yet) are missing. Rejects with AWS's words. */
export function describeRevisions(region: string, ids: readonly string[]): Promise<Map<string, string>> {
  const filter = `Name=instance-id,Values=${ids.join(",")}`;
  const args = ["ec2", "describe-instances", "--region", region, "--output", "json", "--filters", filter];
  return new Promise((resolve, reject) => {
    execFile("aws", args, { timeout: callSeconds * 1000, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(parseRevisions(stdout));
      else reject(new Error(`aws ec2 describe-instances: ${stderr.trim().split("\n").at(-1) || error.message}`));
    });
  });
}
