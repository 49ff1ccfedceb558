/** `npm run policies`: the IAM policies that deploying and operating a cluster need. */
import { join, relative } from "node:path";
import { repository } from "../artifacts/repository";
import { runCommand } from "../cli/command";
import { flag, matching, text, withDefault } from "../cli/options";
import { UsageError } from "../cli/userError";
import { policies } from "../policies/documents";
import { writePolicies } from "../policies/files";
import { placeholders } from "../policies/scopes";
import { defaults } from "../settings/schema";

runCommand(
  {
    name: "policies",
    usage: ["--cluster NAME --region REGION --account NUMBER [--domain D] [--vpc ID] [--out FOLDER]", "--write"],
    about:
      "Writes the IAM policies of the deployer, of the operator, of CI and of the auditor, a folder for each. Attach " +
      "all files of a folder.",
    options: {
      cluster: matching(
        "NAME",
        "the stack's clusterName (kafka-STACK by default)",
        /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
        "a name of up to 32 small letters, digits and hyphens",
      ),
      region: matching("REGION", "the cluster's region", /^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as us-east-1"),
      account: matching("NUMBER", "the number of the AWS account", /^\d{12}$/, "a number of 12 digits"),
      domain: withDefault(
        matching("NAME", "the stack's dnsDomain", /^[a-z0-9.-]+$/, "a domain such as kafka.internal"),
        String(defaults.dnsDomain),
      ),
      vpc: matching(
        "ID",
        "the stack's vpcId, if it has one",
        /^vpc-[0-9a-f]{8,17}$/,
        "an id such as vpc-0123456789abcdef0",
      ),
      out: text("FOLDER", "where to (default policies-NAME in this folder)"),
      write: flag(`instead: the files in policies/, with ${Object.values(placeholders).join(", ")} in place of names`),
    },
  },
  ({ cluster, region, account, domain, vpc: vpcId, out, write }) => {
    const show = (files: readonly string[]) => {
      for (const file of files) console.log(relative(process.cwd(), file));
      return Promise.resolve(0);
    };
    if (write) return show(writePolicies(policies(placeholders), join(repository, "policies")));
    if (cluster === undefined || region === undefined || account === undefined)
      throw new UsageError("--cluster, --region and --account are wanted (`npm run policies -- --help` shows more)");
    return show(writePolicies(policies({ cluster, region, account, domain, vpcId }), out ?? `policies-${cluster}`));
  },
);
