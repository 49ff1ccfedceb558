/** `npm run policies -- --cluster NAME --region R --account N`: the IAM policies that deploying and operating a cluster need. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { policies, standInPolicy, type Policies, type PolicySet } from "../policies/documents";
import { placeholders, type PolicyNames } from "../policies/scopes";
import { defaults } from "../settings/schema";
import { readStackFile } from "../settings/stackFile";
import { repository } from "../artifacts/repository";
import { localStack } from "../stack/environment";
import { project, stackFile } from "../stack/stackFile";
import { runMain, UserError } from "../cli/userError";

const usage = `usage: npm run policies -- --cluster NAME --region REGION --account NUMBER [--domain D] [--vpc ID] [--out FOLDER]
       npm run policies -- --write

Writes the IAM policies of the deployer, of the operator and of CI, a folder for each. Attach all files of a folder.

  --cluster NAME   the stack's clusterName (kafka-STACK by default)
  --domain NAME    the stack's dnsDomain (default kafka.internal)
  --vpc ID         the stack's vpcId, if it has one
  --out FOLDER     where to (default: policies-NAME in this folder)
  --write          instead: the files in policies/, with ${Object.values(placeholders).join(", ")} in place of names`;

const defaultDomain = String(defaults["dnsDomain"]);

const rules: Readonly<Record<"cluster" | "region" | "account" | "domain" | "vpc", RegExp>> = {
  cluster: /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
  region: /^[a-z]{2}(-[a-z]+)+-\d$/,
  account: /^\d{12}$/,
  domain: /^[a-z0-9.-]+$/,
  vpc: /^vpc-[0-9a-f]{8,17}$/,
};

/** Writes `FOLDER/deployer/ec2.json` and so on. @returns the files */
function writePolicies(sets: Policies, folder: string): string[] {
  return Object.entries<PolicySet>({ ...sets }).flatMap(([who, set]) => {
    mkdirSync(join(folder, who), { recursive: true });
    return Object.entries(set).map(([file, document]) => {
      const path = join(folder, who, file);
      writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
      return path;
    });
  });
}

/** Those of the local stack's users. The lab's account has this number. */
export function writeLocalPolicies(folder: string): void {
  const { raw, context } = readStackFile(readFileSync(stackFile(localStack), "utf8"), { project, stack: localStack });
  const text = (key: string, otherwise: string): string => {
    const value = raw[key];
    return typeof value === "string" && value !== "" ? value : otherwise;
  };
  const names: PolicyNames = {
    cluster: text("clusterName", `kafka-${localStack}`),
    region: context.region ?? "us-east-1",
    account: "123456789012",
    domain: text("dnsDomain", defaultDomain),
    vpcId: text("vpcId", "") || undefined,
  };
  const sets = policies(names);
  writePolicies({ ...sets, deployer: { ...sets.deployer, ...standInPolicy(names) } }, folder);
}

function main(): Promise<number> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      cluster: text,
      region: text,
      account: text,
      domain: { ...text, default: defaultDomain },
      vpc: text,
      out: text,
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return Promise.resolve(0);
  }
  const faults = values.write
    ? []
    : Object.entries(rules).flatMap(([option, rule]) => {
        const value = values[option as keyof typeof rules];
        if (value === undefined) return option === "vpc" ? [] : [`--${option} is missing`];
        return rule.test(value) ? [] : [`--${option} ${value}: must be like ${rule.source}`];
      });
  if (faults.length > 0) throw new UserError(`${faults.join("\n")}\n\n${usage}`);
  const { cluster = "", region = "", account = "", domain, vpc: vpcId } = values;
  const files = values.write
    ? writePolicies(policies(placeholders), join(repository, "policies"))
    : writePolicies(policies({ cluster, region, account, domain, vpcId }), values.out ?? `policies-${cluster}`);
  for (const file of files) console.log(relative(process.cwd(), file));
  return Promise.resolve(0);
}

if (require.main === module) runMain("policies", main);
