/**
 * The resources of production's settings, and the policies of who deploys them, as a Terraform plan. Scanners don't
 * read Pulumi programs:
 *
 *     npx tsx test/program/terraformPlan.ts plan.json && checkov -f plan.json
 *
 * What they still find, and why it stays, is in docs/security.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../artifacts/repository";
import { policies, type PolicySet } from "../../policies/documents";
import { placeholders } from "../../policies/scopes";
import { readStackFile } from "../../settings/stackFile";
import { runProgram, type Registered } from "./runProgram";

/** Where Terraform's name is not the one that Pulumi's gives away. */
const terraformTypes: Readonly<Record<string, string>> = {
  "ebs.Volume": "aws_ebs_volume",
  "ec2.SubnetCidrReservation": "aws_ec2_subnet_cidr_reservation",
  "s3.BucketObjectv2": "aws_s3_object",
  "vpc.SecurityGroupEgressRule": "aws_vpc_security_group_egress_rule",
  "vpc.SecurityGroupIngressRule": "aws_vpc_security_group_ingress_rule",
};
/** Modules whose name is a part of Terraform's. */
const namedModules = ["autoscaling", "iam", "route53", "s3", "ssm"];
/** Terraform calls a block by its singular. */
const singulars: Readonly<Record<string, string>> = {
  rules: "rule",
  subnet_configurations: "subnet_configuration",
  vpcs: "vpc",
};

type Resource = Pick<Registered, "type" | "name" | "inputs">;

interface PlanResource {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly values: unknown;
  readonly expressions: Readonly<Record<string, { readonly references: readonly string[] }>>;
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, "");

function terraformType(token: string): string | undefined {
  const [, module = "", name = ""] = /^aws:(\w+)\/\w+:(\w+)$/.exec(token) ?? [];
  if (module === "") return undefined;
  const known = terraformTypes[`${module}.${name}`];
  return known ?? `aws_${namedModules.includes(module) ? `${module}_` : ""}${snake(name)}`;
}

/** An object is a block, which is a list in a plan; tags are a map. */
function terraformValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => (isObject(one) ? terraformBlock(one) : one));
  return isObject(value) ? [terraformBlock(value)] : value;
}

function terraformBlock(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => {
      const name = snake(key);
      if (name === "tags") return Array.isArray(value) ? ["tag", value] : [name, value];
      return [singulars[name] ?? name, terraformValue(value)];
    }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The plan of the mocked run; what refers to another resource by its id does so in the plan too. */
function terraformPlan(resources: readonly Resource[]): object {
  const addresses = new Map<string, string[]>();
  const idOf = ({ type, name, inputs }: Resource): string =>
    type.endsWith(":Bucket") ? String((inputs as { bucket: unknown }).bucket) : `${name}-id`;
  const made = resources.flatMap((resource) => {
    const type = terraformType(resource.type);
    if (type === undefined) return [];
    const address = `${type}.${resource.name.replaceAll(/[^\w-]/g, "_")}`;
    addresses.set(idOf(resource), [...(addresses.get(idOf(resource)) ?? []), address]);
    return [{ resource, type, address }];
  });
  /** Different things have the same name, and so the same id here: the property says which kind it means. */
  const referred = (key: string, id: unknown): string[] => {
    const candidates = addresses.get(String(id)) ?? [];
    const kind = (address: string) => address.split(".")[0]?.replace("aws_", "") ?? "";
    const [found = candidates[0]] = candidates.filter((address) => key.includes(kind(address)));
    return found === undefined ? [] : [found];
  };
  const planned = made.map(({ resource, type, address }): PlanResource => {
    const values = terraformBlock(resource.inputs as Record<string, unknown>);
    const expressions = Object.fromEntries(
      Object.entries(values).flatMap(([key, value]) => {
        const references = [value].flat().flatMap((one: unknown) => referred(key, one));
        const others = references.filter((reference) => reference !== address);
        return others.length === 0 ? [] : [[key, { references: others.flatMap((one) => [`${one}.id`, one]) }]];
      }),
    );
    return { address, type, name: address.slice(type.length + 1), values, expressions };
  });
  const mode = "managed";
  return {
    format_version: "1.2",
    terraform_version: "1.9.0",
    planned_values: {
      root_module: { resources: planned.map(({ expressions: _, ...resource }) => ({ ...resource, mode })) },
    },
    resource_changes: planned.map(({ address, type, name, values }) => ({
      address,
      mode,
      type,
      name,
      change: { actions: ["create"], before: null, after: values },
    })),
    configuration: {
      root_module: {
        resources: planned.map(({ address, type, name, expressions }) => ({ address, mode, type, name, expressions })),
      },
    },
  };
}

async function main(file: string): Promise<void> {
  const stack = readFileSync(join(repository, "Pulumi.prod.yaml"), "utf8");
  const { resources } = await runProgram(readStackFile(stack, { project: "kafka-on-ec2", stack: "prod" }).raw);
  const users = Object.entries(policies(placeholders)).flatMap(([who, documents]) =>
    Object.entries(documents as PolicySet).map(([name, document]) => ({
      type: "aws:iam/policy:Policy",
      name: `${who}-${name.replace(".json", "")}`,
      inputs: { policy: JSON.stringify(document) },
    })),
  );
  writeFileSync(file, JSON.stringify(terraformPlan([...resources, ...users]), null, 1));
}

void main(process.argv[2] ?? "plan.json");
