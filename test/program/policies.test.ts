import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { opsPolicy } from "../../planning/node/opsPolicy";
import { commandCalls } from "../../policies/commandCalls";
import { policies, type PolicySet, type Statement } from "../../policies/documents";
import { functionCalls, resourceCalls } from "../../policies/providerCalls";
import { placeholders, type PolicyNames } from "../../policies/scopes";
import { runProgram } from "./runProgram";

const repository = join(__dirname, "../..");

const sources = (...folders: string[]): string[] =>
  folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
      // A trial is the account owner's, before there is anybody else.
      .filter((file) => file.endsWith(".ts") && !file.startsWith("trial/"))
      .map((file) => readFileSync(join(repository, folder, file), "utf8")),
  );

/** What the program names of `@pulumi/aws`, as `ec2.Vpc`: classes that are made, functions that are asked. */
function namesOfAws(pattern: RegExp): string[] {
  const found = sources("components", "aws").flatMap((text) => {
    const modules = [...text.matchAll(/import \* as (\w+) from "@pulumi\/aws\/(\w+)"/g)];
    return modules.flatMap(([, local = "", module = ""]) =>
      [...text.matchAll(new RegExp(`\\b${local}\\.(${pattern.source})\\b`, "g"))].map(
        ([, name]) => `${module}.${name}`,
      ),
    );
  });
  return [...new Set(found)].sort();
}

const everyStatement = (names: PolicyNames): { where: string; statement: Statement }[] =>
  Object.entries<PolicySet>({ ...policies(names) }).flatMap(([who, set]) =>
    Object.entries(set).flatMap(([file, { Statement }]) =>
      Statement.map((statement) => ({ where: `${who}/${file} ${statement.Sid}`, statement })),
    ),
  );

const list = (value: string | readonly string[]): readonly string[] => (typeof value === "string" ? [value] : value);

describe("policies: what deployer, operator and CI may do", () => {
  it("policies/providerCalls.ts has a row for each resource that the program makes, and none for others", async () => {
    const { resources } = await runProgram();
    const made = resources.flatMap(({ type }) => {
      const [, module = "", name = ""] = /^aws:(\w+)\/\w+:(\w+)$/.exec(type) ?? [];
      return module === "" ? [] : [`${module}.${name}`];
    });
    const named = namesOfAws(/(?!Get)[A-Z]\w+/);
    assert.deepEqual([...new Set([...made, ...named])].sort(), Object.keys(resourceCalls).sort());
  });

  it("policies/providerCalls.ts has a row for each function that the program asks, and none for others", () => {
    assert.deepEqual(namesOfAws(/get[A-Z]\w+/), Object.keys(functionCalls).sort());
  });

  it(
    "policies/commandCalls.ts has a row for each command of the SDK that the scripts send, and " + "none for others",
    () => {
      const sent = sources("cli", "ops", "scripts", "stack", "trials").flatMap((text) =>
        [...text.matchAll(/new (?:sdk\.)?([A-Z]\w+Command)\(/g)].map(([, name = ""]) => name),
      );
      assert.deepEqual([...new Set(sent)].sort(), Object.keys(commandCalls).sort());
    },
  );

  it("the ops host's own role allows what is sent from there", () => {
    const allowed = opsPolicy({
      clusterName: "c",
      region: "r",
      account: "1",
      parameterArns: [],
      bucketArn: "arn:aws:s3:::b",
    });
    const missing = Object.values(commandCalls)
      .filter(({ callers }) => callers.includes("opsHost"))
      .flatMap(({ actions }) => actions.filter((action) => !allowed.includes(`"${action}"`)));
    assert.deepEqual(missing, []);
  });

  it("the files in policies/ are what the rows make: `npm run policies -- --write`", () => {
    const written = Object.fromEntries(
      Object.keys(policies(placeholders)).map((who) => [
        who,
        Object.fromEntries(
          readdirSync(join(repository, "policies", who)).map((file) => [
            file,
            JSON.parse(readFileSync(join(repository, "policies", who, file), "utf8")) as unknown,
          ]),
        ),
      ]),
    );
    assert.deepEqual(written, JSON.parse(JSON.stringify(policies(placeholders))));
  });

  it("each fits into a managed policy, and a role may have all of its own, with the longest names", () => {
    const longest: PolicyNames = {
      cluster: "c".repeat(32),
      region: "ap-southeast-1",
      account: "123456789012",
      domain: `${"d".repeat(60)}.internal`,
      vpcId: "vpc-0123456789abcdef0",
    };
    for (const [who, set] of Object.entries<PolicySet>({ ...policies(longest) })) {
      for (const [file, document] of Object.entries(set)) {
        // IAM quotas: a managed policy has 6,144 characters, white space aside; a role has ten.
        const size = JSON.stringify(document).length;
        assert.ok(size <= 6144, `${who}/${file} has ${size} characters`);
      }
      assert.ok(Object.keys(set).length <= 10);
    }
  });

  it("allows no service as a whole, and changes nothing that is not the cluster's", () => {
    // Making a zone can't be narrowed, as it has no name yet, nor looking for one by its name. Reservations are no
    // resources of IAM's.
    const withoutResource =
      /:(Describe|(Create|Delete)LogDelivery$|CreateHostedZone$|ListHostedZones(By\w+)?$|(Create|Delete|Get)SubnetCidrReservations?$|Get(AWSDefault)?ServiceQuota$|ListTopics$|GetSubscriptionAttributes$)/;
    for (const { where, statement } of everyStatement(placeholders)) {
      for (const action of statement.Action) {
        assert.match(action, /^[a-z0-9]+:[A-Z]\w+$/, `${where}: ${action}`);
        if (list(statement.Resource).includes("*")) assert.match(action, withoutResource, `${where}: ${action}`);
      }
      const narrowed = JSON.stringify([statement.Resource, statement.Condition]);
      const mayBeBroad = [
        "Look",
        "InRegion",
        "DefaultGroups",
        "PublicParameters",
        "Zones",
        "FromTemplates",
        "ClientHostsParts",
        "AutoScalingsRole",
        "AutoScalingsRoleThere",
        "Records",
      ];
      if (!mayBeBroad.includes(statement.Sid)) assert.match(narrowed, /CLUSTER/, where);
    }
  });

  it("the auditor only looks", () => {
    const actions = everyStatement(placeholders)
      .filter(({ where }) => where.startsWith("auditor/"))
      .flatMap(({ statement }) => statement.Action);
    assert.ok(actions.includes("ec2:DescribeSecurityGroupRules"));
    assert.deepEqual(
      actions.filter((action) => !/:(Describe|Get|List)/.test(action)),
      [],
    );
  });

  it("the operator deletes nothing but client hosts, nodes' instances and the objects of jobs", () => {
    const deletes = everyStatement(placeholders)
      .filter(({ where }) => where.startsWith("operator/"))
      .flatMap(({ statement }) =>
        statement.Action.filter((action) => /Delete|Terminate|Remove|Release|Revoke/.test(action)).map((action) => [
          action,
          statement.Sid,
        ]),
      );
    assert.deepEqual(deletes, [
      ["ec2:TerminateInstances", "OwnInstances"],
      ["s3:DeleteObject", "JobObjects"],
    ]);
  });

  it("in a VPC that is given, things are made in it and it is not changed", () => {
    const [given] = everyStatement({ ...placeholders, vpcId: "vpc-0123456789abcdef0" }).filter(
      ({ statement }) => statement.Sid === "GivenVpc",
    );
    assert.deepEqual(given?.statement, {
      Sid: "GivenVpc",
      Effect: "Allow",
      Action: ["ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateVpcEndpoint"],
      Resource: "arn:aws:ec2:REGION:ACCOUNT:vpc/vpc-0123456789abcdef0",
    });
  });
});
