/**
 * What the cluster's instances were started from: their tags, by the AWS CLI, which every image has (its SDK would
 * double the ops bundle).
 */
import { execFile } from "node:child_process";
import { awsCommandPath, tagKeys } from "../../planning/cluster/names";
import { tagValue } from "../../planning/cluster/tags";
import { callProblem } from "../callProblem";

/** Seconds for a call: two tries, each with 5 s for a connection and 20 s for an answer. */
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
    instances.flatMap(({ InstanceId, Tags }) => {
      const revision = tagValue(Tags, tagKeys.revision);
      return revision === undefined ? [] : [[InstanceId, revision] as const];
    }),
  );
}

/** The revisions of the given instances; ones that AWS does not know (yet) are missing. Rejects with AWS's words. */
export function describeRevisions(
  region: string,
  ids: readonly string[],
  command: string = awsCommandPath,
): Promise<Map<string, string>> {
  const filter = `Name=instance-id,Values=${ids.join(",")}`;
  const args = ["ec2", "describe-instances", "--region", region, "--output", "json", "--filters", filter];
  const options = { timeout: callSeconds * 1000, maxBuffer: 16 << 20 };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(parseRevisions(stdout));
      const ownWords = error.killed ? `no answer within ${callSeconds} s` : error.message;
      const message = stderr.trim().split("\n").at(-1) || ownWords;
      // The CLI names the endpoint when it has no answer, and only then.
      const [, url] = /"(https?:[^"]+)"/.exec(message) ?? [];
      void callProblem("aws ec2 describe-instances", message, url).then(reject);
    });
  });
}
