import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
} from "@aws-sdk/client-ec2";
import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { ListInstanceProfilesCommand, ListPoliciesCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { ListHostedZonesCommand, ListResourceRecordSetsCommand } from "@aws-sdk/client-route-53";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { paginateDescribeParameters } from "@aws-sdk/client-ssm";

import { ensurePulumi } from "../../lab/setup/pulumi";
import { killTree } from "../../trials/drills/changes/processTree";
import { runningProcesses } from "../../stack/processes";
import { collected } from "../../trials/trial/pages";
import { makeClusterUsers } from "./clusterUsers";
import { startEmulator, type EmulatorProcess } from "./emulatorProcess";
import { startSlowProxy, type ChangingCall, type SlowProxy } from "./slowProxy";

const repository = join(__dirname, "..", "..");
/** How many first creations are killed; each takes about a minute. Other seeds kill at other calls. */
const rounds = Number(process.env.KILLED_UPDATES ?? 2);
const firstSeed = Number(process.env.KILLED_UPDATES_SEED ?? 300);
const stack = "killed";
/** The least number of calls that change something which the first creation makes. */
const callsOfCreation = 150;
/** The watchdog lets Pulumi finish what it has begun. */
const endsWithinSeconds = 90;

/** Accepts every remote command: there are no machines here. */
const ssh = `#!/bin/bash
for word in "$@"; do case $word in LocalCommand=*) eval "\${word#LocalCommand=}" ;; esac; done
echo done
`;

/** The remainder of a linear congruential generator, 0 to below 1: a seed gives the same round again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

describe("an update that is killed while it makes the cluster", function () {
  this.timeout(600_000);
  let folder: string;
  let emulator: EmulatorProcess;
  let proxy: SlowProxy | undefined;
  let environment: NodeJS.ProcessEnv;
  let watch: (call: ChangingCall) => void;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "killed-update-"));
    const { binFolders, environment: settings } = await ensurePulumi();
    emulator = await startEmulator(["--auto-lifecycle"]);
    // What recovers has the rights of CI, and no others.
    await makeClusterUsers(emulator, `kafka-${stack}`);
    watch = () => undefined;
    proxy = await startSlowProxy(emulator.endpoint, 100, (call) => watch(call));
    writeFileSync(join(folder, "ssh"), ssh, { mode: 0o755 });
    environment = {
      ...process.env,
      ...settings,
      PATH: [folder, ...binFolders, process.env.PATH].join(":"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "local",
      AWS_ENDPOINT_URL: proxy.endpoint,
      AWS_ACCESS_KEY_ID: "ci",
      AWS_SECRET_ACCESS_KEY: "ci",
      AWS_REGION: "us-east-1",
    };
    // A project beside the real one, as `stack init` writes a file.
    const project = join(folder, "project");
    mkdirSync(project);
    copyFileSync(join(repository, "Pulumi.yaml"), join(project, "Pulumi.yaml"));
    const settingsOfLocal = readFileSync(join(repository, "Pulumi.local.yaml"), "utf8");
    writeFileSync(configFile(), settingsOfLocal.replace(/^ {2}aws:endpoints:\n( {4,}.*\n)+/m, ""));
  });

  afterEach(async () => {
    proxy?.stop();
    await emulator?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const configFile = () => join(folder, "project", `Pulumi.${stack}.yaml`);

  function pulumi(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: join(folder, "project"),
      env: environment,
      encoding: "utf8",
      maxBuffer: 64 << 20,
    });
    assert.equal(status, 0, stdout + stderr);
    return stdout;
  }

  interface Run {
    readonly pid: number;
    readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  }

  function deploy(action = "update"): Run {
    const program = join(__dirname, "deployProcess.ts");
    const child = spawn(process.execPath, ["--import", "tsx", program, stack, configFile(), action], {
      cwd: repository,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
    const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
      child.on("exit", (code) => resolve({ code, output })),
    );
    return { pid: child.pid ?? 0, ended };
  }

  async function succeeds(run: Run): Promise<string> {
    const { code, output } = await run.ended;
    assert.equal(code, 0, output);
    return output;
  }

  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round;
    it(`is taken up by the next one, which makes nothing twice (seed ${seed})`, async () => {
      pulumi("stack", "init", stack);
      const random = randomOf(seed);
      const at = 1 + Math.floor(random() * callsOfCreation);
      const when = random() < 0.7 ? "after" : "before";
      const onlyItsGroup = random() < 0.3;
      const first = deploy();
      let killedAt = "";
      watch = (call) => {
        if (call.number < at || call.when !== when || killedAt !== "") return;
        killedAt = `${when} ${call.name}, call ${call.number}`;
        if (onlyItsGroup) process.kill(-first.pid, "SIGKILL");
        else killTree(first.pid);
      };
      const { output } = await first.ended;
      assert.notEqual(killedAt, "", `it ended before call ${at}:\n${output}`);
      if (onlyItsGroup) await until("all that it started to end", () => leftOver().length === 0);
      const pending = (JSON.parse(pulumi("stack", "export", "--stack", stack)) as Exported).deployment;
      const second = await succeeds(deploy());
      const made = second.split("\n").filter((line) => line.includes(" was made: "));
      console.log(
        `      killed ${killedAt} (${onlyItsGroup ? "its group" : "all its processes"}): ` +
          `${pending.pending_operations?.length ?? 0} operations pending; ${made.length} found`,
      );
      for (const line of made) console.log(`        ${line}`);

      await assertOneOfEach();
      assert.match(await succeeds(deploy()), /^done: \{"same":\d+\}$/m);
      await until("all that was started to end", () => leftOver().length === 0);
    });
  }

  async function until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + endsWithinSeconds * 1000;
    while (!holds()) {
      assert.ok(Date.now() < deadline, `after ${endsWithinSeconds} s still waiting for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  interface Exported {
    readonly deployment: {
      readonly resources: readonly { readonly type: string; readonly id?: string; readonly urn: string }[];
      readonly pending_operations?: readonly unknown[];
    };
  }

  const leftOver = () => runningProcesses().filter(({ owner }) => owner?.startsWith(`${stack}/`));

  /** What there is in the emulator is what Pulumi has on record, thing by thing. */
  async function assertOneOfEach(): Promise<void> {
    const { deployment } = JSON.parse(pulumi("stack", "export", "--stack", stack)) as Exported;
    assert.equal(deployment.pending_operations?.length ?? 0, 0);
    const recorded = (type: string) =>
      deployment.resources
        .filter((one) => one.type === type)
        .map(({ id }) => id ?? "")
        .sort();
    const there = await whatThereIs();
    for (const [type, ids] of Object.entries(there)) {
      assert.deepEqual([...ids].sort(), recorded(type), type);
    }
    const { Reservations = [] } = await emulator.ec2.send(new DescribeInstancesCommand({}));
    const running = Reservations.flatMap(({ Instances = [] }) => Instances).filter(
      ({ State }) => State?.Name === "running",
    );
    assert.equal(running.length, 9);
  }

  async function whatThereIs(): Promise<Record<string, string[]>> {
    const { ec2, autoScaling, iam, route53, s3, ssm } = emulator;
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
    const vpcs = Vpcs.filter(({ IsDefault }) => IsDefault !== true).map(({ VpcId = "" }) => VpcId);
    const Filters = [{ Name: "vpc-id", Values: vpcs }];
    const [subnets, tables, groups, gateways, interfaces, volumes, addresses, endpoints, templates] = await Promise.all(
      [
        ec2.send(new DescribeSubnetsCommand({ Filters })),
        ec2.send(new DescribeRouteTablesCommand({ Filters })),
        ec2.send(new DescribeSecurityGroupsCommand({ Filters })),
        ec2.send(new DescribeInternetGatewaysCommand({})),
        ec2.send(new DescribeNetworkInterfacesCommand({ Filters })),
        ec2.send(new DescribeVolumesCommand({})),
        ec2.send(new DescribeAddressesCommand({})),
        ec2.send(new DescribeVpcEndpointsCommand({})),
        ec2.send(new DescribeLaunchTemplatesCommand({})),
      ] as const,
    );
    const own = (groups.SecurityGroups ?? []).filter(({ GroupName }) => GroupName !== "default");
    const rules = await ec2.send(
      new DescribeSecurityGroupRulesCommand({
        Filters: [{ Name: "group-id", Values: own.map(({ GroupId = "" }) => GroupId) }],
      }),
    );
    const isRule = (egress: boolean) =>
      (rules.SecurityGroupRules ?? [])
        .filter(({ IsEgress }) => IsEgress === egress)
        .map(({ SecurityGroupRuleId = "" }) => SecurityGroupRuleId);
    // AWS has public ones.
    const ParameterFilters = [{ Key: "Name", Option: "BeginsWith", Values: ["/kafka-"] }];
    const parameters = await collected(
      paginateDescribeParameters({ client: ssm }, { ParameterFilters }),
      ({ Parameters }) => Parameters,
    );
    const mine = (name = "") => name.startsWith("kafka-");
    const { HostedZones = [] } = await route53.send(new ListHostedZonesCommand({}));
    const zone = HostedZones[0]?.Id?.replace("/hostedzone/", "") ?? "";
    const records = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: zone }));
    return {
      "aws:ec2/vpc:Vpc": vpcs,
      "aws:ec2/subnet:Subnet": (subnets.Subnets ?? []).map(({ SubnetId = "" }) => SubnetId),
      "aws:ec2/routeTable:RouteTable": (tables.RouteTables ?? [])
        .filter(({ Associations = [] }) => !Associations.some(({ Main }) => Main === true))
        .map(({ RouteTableId = "" }) => RouteTableId),
      "aws:ec2/routeTableAssociation:RouteTableAssociation": (tables.RouteTables ?? [])
        .flatMap(({ Associations = [] }) => Associations)
        .filter(({ Main }) => Main !== true)
        .map(({ RouteTableAssociationId = "" }) => RouteTableAssociationId),
      "aws:ec2/securityGroup:SecurityGroup": own.map(({ GroupId = "" }) => GroupId),
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": isRule(false),
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": isRule(true),
      "aws:ec2/internetGateway:InternetGateway": (gateways.InternetGateways ?? [])
        .filter(({ Attachments = [] }) => Attachments.length === 0 || vpcs.includes(Attachments[0]?.VpcId ?? ""))
        .map(({ InternetGatewayId = "" }) => InternetGatewayId),
      "aws:ec2/networkInterface:NetworkInterface": (interfaces.NetworkInterfaces ?? [])
        .filter(({ InterfaceType }) => InterfaceType !== "vpc_endpoint")
        .map(({ NetworkInterfaceId = "" }) => NetworkInterfaceId),
      "aws:ebs/volume:Volume": (volumes.Volumes ?? [])
        .filter(({ Tags = [] }) => Tags.some(({ Key }) => Key === "kafka-on-ec2:volume"))
        .map(({ VolumeId = "" }) => VolumeId),
      "aws:ec2/eip:Eip": (addresses.Addresses ?? []).map(({ AllocationId = "" }) => AllocationId),
      "aws:ec2/eipAssociation:EipAssociation": (addresses.Addresses ?? []).map(
        ({ AssociationId = "" }) => AssociationId,
      ),
      "aws:ec2/vpcEndpoint:VpcEndpoint": (endpoints.VpcEndpoints ?? []).map(({ VpcEndpointId = "" }) => VpcEndpointId),
      "aws:ec2/launchTemplate:LaunchTemplate": (templates.LaunchTemplates ?? []).map(
        ({ LaunchTemplateId = "" }) => LaunchTemplateId,
      ),
      "aws:autoscaling/group:Group": (
        (await autoScaling.send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups ?? []
      ).map(({ AutoScalingGroupName = "" }) => AutoScalingGroupName),
      "aws:iam/role:Role": ((await iam.send(new ListRolesCommand({}))).Roles ?? [])
        .map(({ RoleName = "" }) => RoleName)
        .filter(mine),
      "aws:iam/policy:Policy": ((await iam.send(new ListPoliciesCommand({ Scope: "Local" }))).Policies ?? [])
        .map(({ Arn = "" }) => Arn)
        .filter((arn) => mine(arn.split("/").pop())),
      "aws:iam/instanceProfile:InstanceProfile": (
        (await iam.send(new ListInstanceProfilesCommand({}))).InstanceProfiles ?? []
      ).map(({ InstanceProfileName = "" }) => InstanceProfileName),
      "aws:route53/zone:Zone": HostedZones.map(({ Id = "" }) => Id.replace("/hostedzone/", "")),
      "aws:route53/record:Record": (records.ResourceRecordSets ?? [])
        .filter(({ Type }) => Type === "A")
        .map(({ Name = "", Type }) => `${zone}_${Name.replace(/\.$/, "")}_${Type}`),
      "aws:s3/bucket:Bucket": ((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name = "" }) => Name),
      "aws:ssm/parameter:Parameter": parameters.map(({ Name = "" }) => Name),
    };
  }
});
