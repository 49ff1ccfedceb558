import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as autoscaling from "@aws-sdk/client-auto-scaling";
import * as ec2 from "@aws-sdk/client-ec2";
import * as route53 from "@aws-sdk/client-route-53";
import {
  cutNetwork,
  freezeInstance,
  healNetwork,
  killInstance,
  labIsRunning,
  labStatus,
  thawInstance,
} from "../../lab/index";
import { stateFolder } from "../../lab/runtime/paths";
import { run } from "../../lab/runtime/processes";
import { leftovers } from "../../lab/runtime/sweep";
import { waitFor } from "../../lab/runtime/waiting";
import type { Vpc } from "./region";
import {
  aws,
  booted,
  connection,
  inside,
  lab,
  makeGroup,
  makeInterface,
  makeVpc,
  reaches,
  runInstance,
  stateOf,
  zone,
} from "./region";

const hostname = (address: string): string => `node-${address.split(".").pop() ?? ""}`;

/** Writes a file at the first boot, and listens on two ports at every boot. */
const userData = (address: string): string => `#cloud-config
hostname: ${hostname(address)}
write_files:
  - path: /etc/systemd/system/listen@.service
    content: |
      [Service]
      ExecStart=/bin/sh -c 'while :; do echo hello from ${address} | nc -N -l %i; done'
      [Install]
      WantedBy=multi-user.target
runcmd:
  - [sh, -c, "echo first-boot >> /var/lib/boots; echo console-works > /dev/console"]
  - [systemctl, enable, --now, --no-block, listen@9092, listen@9093]
`;

const talk = (from: string, address: string, port: number): Promise<string> =>
  inside(from, `timeout 2 nc -d -w 1 ${address} ${port}`).then(
    (said) => said || "silent",
    () => "closed",
  );

describe("the lab's runtime: a local EC2", function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), "lab-runtime-"));
  const keyFile = join(folder, "key");
  let vpc: Vpc;
  let open: string;
  let closed: string;
  let server: string;
  let client: string;
  let stranger: string;
  let publicAddress: string;
  let volume: string;

  before(async () => {
    if (await labIsRunning()) await lab("stop");
    const started = await lab("start", "--replace-delay", "1");
    assert.equal(started.code, 0, started.output);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", keyFile]);
    vpc = await makeVpc();
    [open, closed] = [await makeGroup(vpc, "open"), await makeGroup(vpc, "closed")];
    const between = [{ IpProtocol: "tcp", FromPort: 9092, ToPort: 9092, UserIdGroupPairs: [{ GroupId: open }] }];
    const ssh = [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "198.51.100.254/32" }] }];
    await aws.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId: open, IpPermissions: [...between, ...ssh] }),
    );
    await aws.send(new ec2.AuthorizeSecurityGroupEgressCommand({ GroupId: open, IpPermissions: between }));
    await aws.send(
      new ec2.ImportKeyPairCommand({ KeyName: "operator", PublicKeyMaterial: readFileSync(`${keyFile}.pub`) }),
    );
    const start = async (name: string, address: string, group: string): Promise<string> =>
      runInstance(vpc, {
        name,
        interfaceId: await makeInterface(vpc, address, [group]),
        userData: userData(address),
        keyName: "operator",
      });
    [server, client, stranger] = [
      await start("server", "10.30.0.11", open),
      await start("client", "10.30.0.12", open),
      await start("stranger", "10.30.0.13", closed),
    ];
    const described = await aws.send(new ec2.DescribeInstancesCommand({ InstanceIds: [server] }));
    const address = await aws.send(new ec2.AllocateAddressCommand({ Domain: "vpc" }));
    publicAddress = address.PublicIp ?? "";
    await aws.send(
      new ec2.AssociateAddressCommand({
        AllocationId: address.AllocationId,
        NetworkInterfaceId: described.Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces?.[0]?.NetworkInterfaceId,
      }),
    );
    await Promise.all([server, client, stranger].map((id) => reaches(id, "running")));
    await Promise.all([server, client, stranger].map(booted));
  });

  after(async () => {
    const stopped = await lab("stop");
    rmSync(folder, { recursive: true, force: true });
    assert.equal(stopped.code, 0, stopped.output);
    assert.deepEqual(leftovers(stateFolder()), []);
  });

  it("boots real systemd and cloud-init with the user data", async () => {
    assert.equal(
      await inside(server, "cat /var/lib/boots; hostname; cat /proc/1/comm"),
      "first-boot\nnode-11\nsystemd",
    );
    assert.match(await inside(server, "cloud-init status --long"), /status: done[^]*DataSourceEc2/);
    assert.equal(await inside(server, "systemctl --failed --plain --no-legend"), "");
    await inside(server, "getent hosts $(hostname)");
  });

  it("answers the metadata service's version 2 only", async () => {
    const status = "curl -s -m 5 -o /dev/null -w '%{http_code}'";
    assert.equal(await inside(server, `${status} http://169.254.169.254/latest/meta-data/instance-id`), "401");
    const token =
      "$(curl -s -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)";
    const read = (path: string): Promise<string> =>
      inside(server, `curl -s -m 5 -H "X-aws-ec2-metadata-token: ${token}" http://169.254.169.254/latest/${path}`);
    assert.equal(await read("meta-data/instance-id"), server);
    assert.equal(await read("meta-data/public-ipv4"), publicAddress);
    assert.equal(await read("user-data"), userData("10.30.0.11").trimEnd());
  });

  it("lets the operator in by SSH on the public address, with the key pair", async () => {
    const options = [
      "BatchMode=yes",
      "StrictHostKeyChecking=no",
      "UserKnownHostsFile=/dev/null",
      "LogLevel=ERROR",
      "ConnectTimeout=5",
    ];
    const said = await run("ssh", [
      ...options.flatMap((option) => ["-o", option]),
      ...["-i", keyFile, `ec2-user@${publicAddress}`, "sudo id -un; hostname"],
    ]);
    assert.equal(said, "root\nnode-11\n");
  });

  it("lets through what both sides' groups permit, and nothing else", async () => {
    assert.equal(await talk(client, "10.30.0.11", 9092), "hello from 10.30.0.11");
    assert.equal(await talk(client, "10.30.0.11", 9093), "closed", "a port that no rule names");
    assert.equal(await talk(stranger, "10.30.0.11", 9092), "closed", "a sender that is not in the group");
    assert.equal(await talk(client, "10.30.0.13", 9092), "closed", "a receiver without rules");
    assert.equal(
      await talk(client, publicAddress, 9092),
      "closed",
      "instances have no internet, so no public addresses",
    );
  });

  it("follows a change of the rules at once", async () => {
    const rule = [{ IpProtocol: "tcp", FromPort: 9093, ToPort: 9093, IpRanges: [{ CidrIp: "10.30.0.0/24" }] }];
    await aws.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId: open, IpPermissions: rule }));
    await aws.send(new ec2.AuthorizeSecurityGroupEgressCommand({ GroupId: open, IpPermissions: rule }));
    assert.equal(await talk(client, "10.30.0.11", 9093), "hello from 10.30.0.11");
    await aws.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId: open, IpPermissions: rule }));
    assert.equal(await talk(client, "10.30.0.11", 9093), "closed");
  });

  it("has no way out, and no way in but the public address", async () => {
    await assert.rejects(inside(server, "curl -s -m 1 http://192.0.2.1/ || exit 1"));
    // Only looked up: a packet to it would leave this machine.
    assert.doesNotMatch(await run("ip", ["route", "get", "10.30.0.11"]).catch(() => ""), /kafka-lab0/);
    await assert.rejects(inside(server, "curl -s -m 1 http://198.51.100.254/"));
    const refused = await inside(server, "curl -s -m 5 -w '%{http_code}' http://198.51.100.1:4566/_lab/status");
    assert.match(refused, /403$/, "instances cannot command the lab");
  });

  it("resolves private records and its own names, and denies the rest quickly", async () => {
    const dns = new route53.Route53Client(connection);
    const made = await dns.send(
      new route53.CreateHostedZoneCommand({
        Name: "example.internal",
        CallerReference: String(Date.now()),
        VPC: { VPCId: vpc.vpcId, VPCRegion: "us-east-1" },
      }),
    );
    const change = (Action: "UPSERT" | "DELETE") =>
      dns.send(
        new route53.ChangeResourceRecordSetsCommand({
          HostedZoneId: made.HostedZone?.Id,
          ChangeBatch: {
            Changes: [
              {
                Action,
                ResourceRecordSet: {
                  Name: "server.example.internal",
                  Type: "A",
                  TTL: 60,
                  ResourceRecords: [{ Value: "10.30.0.11" }],
                },
              },
            ],
          },
        }),
      );
    await change("UPSERT");
    const look = (name: string): Promise<string> => inside(client, `getent ahostsv4 ${name} | head -1 | cut -d' ' -f1`);
    await waitFor(async () => (await look("server.example.internal")) === "10.30.0.11", {
      timeoutMs: 2_000,
      what: "the record is answered",
    });
    assert.equal(await look("ip-10-30-0-13.ec2.internal"), "10.30.0.13");
    const begun = Date.now();
    assert.equal(await look("www.example.com"), "");
    assert.ok(Date.now() - begun < 1_000, "denied at once");
    await change("DELETE");
    await waitFor(async () => (await look("server.example.internal")) === "", {
      timeoutMs: 2_000,
      what: "the record is gone",
    });
  });

  it("gives a volume to the running instance before the call returns, and lets it grow online", async () => {
    const made = await aws.send(new ec2.CreateVolumeCommand({ AvailabilityZone: zone, Size: 1, VolumeType: "gp3" }));
    volume = made.VolumeId ?? "";
    await aws.send(new ec2.AttachVolumeCommand({ VolumeId: volume, InstanceId: server, Device: "/dev/sdf" }));
    const disk = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace("-", "")}`;
    assert.equal(await inside(server, `blockdev --getsize64 ${disk}`), String(2 ** 30));
    await inside(server, `mkfs.xfs -q ${disk} && mount ${disk} /mnt && echo precious > /mnt/data && sync`);
    await aws.send(new ec2.ModifyVolumeCommand({ VolumeId: volume, Size: 2 }));
    await inside(server, "xfs_growfs /mnt");
    assert.ok(Number(await inside(server, "df --output=size -B1 /mnt | tail -1")) > 1.9 * 2 ** 30);
  });

  it("refuses a second attachment, and keeps a mounted volume until it is unmounted", async () => {
    await assert.rejects(
      aws.send(new ec2.AttachVolumeCommand({ VolumeId: volume, InstanceId: client, Device: "/dev/sdf" })),
      /VolumeInUse|already attached/,
    );
    await aws.send(new ec2.DetachVolumeCommand({ VolumeId: volume }));
    const volumeState = async (): Promise<string> => {
      const answer = await aws.send(new ec2.DescribeVolumesCommand({ VolumeIds: [volume] }));
      return answer.Volumes?.[0]?.State ?? "";
    };
    assert.equal(await inside(server, "cat /mnt/data"), "precious");
    assert.equal(await volumeState(), "in-use");
    await inside(server, "umount /mnt");
    await waitFor(async () => (await volumeState()) === "available", { timeoutMs: 10_000, what: "detached" });
    await aws.send(new ec2.AttachVolumeCommand({ VolumeId: volume, InstanceId: server, Device: "/dev/sdf" }));
  });

  it("reboots with the same disks, by the API and from inside", async () => {
    const bootTime = (): Promise<string> =>
      inside(server, "stat -c %Y.%i /run/systemd/system; cat /proc/1/stat | cut -d' ' -f22");
    const again = (before: string): Promise<unknown> =>
      waitFor(async () => (await bootTime().catch(() => before)) !== before, {
        timeoutMs: 60_000,
        intervalMs: 200,
        what: "rebooted",
      });
    const first = await bootTime();
    await aws.send(new ec2.RebootInstancesCommand({ InstanceIds: [server] }));
    await again(first);
    assert.equal(await stateOf(server), "running");
    await booted(server);
    const second = await bootTime();
    await inside(server, "systemctl reboot");
    await again(second);
    await booted(server);
    assert.equal(await inside(server, "cat /var/lib/boots"), "first-boot", "the first boot's user data ran once");
    assert.match(await inside(server, "ls /dev/disk/by-id"), new RegExp(volume.replace("-", "")));
    assert.equal(await talk(client, "10.30.0.11", 9092), "hello from 10.30.0.11");
  });

  it("stops when it is shut down from inside, and starts again", async () => {
    await inside(client, "systemctl poweroff");
    await reaches(client, "stopped");
    await aws.send(new ec2.StartInstancesCommand({ InstanceIds: [client] }));
    await reaches(client, "running");
    await booted(client);
    assert.equal(await inside(client, "cat /var/lib/boots"), "first-boot");
    assert.equal(await talk(client, "10.30.0.11", 9092), "hello from 10.30.0.11");
  });

  it("cuts and heals links, and freezes a machine", async () => {
    await cutNetwork("server", ["10.30.0.12"]);
    assert.equal(await talk(client, "10.30.0.11", 9092), "closed");
    await healNetwork("server");
    assert.equal(await talk(client, "10.30.0.11", 9092), "hello from 10.30.0.11");
    await freezeInstance("server");
    // The kernel may still take the connection, but nobody answers.
    assert.doesNotMatch(await talk(client, "10.30.0.11", 9092), /hello/);
    await thawInstance("server");
    await waitFor(async () => (await talk(client, "10.30.0.11", 9092)).startsWith("hello"), {
      timeoutMs: 10_000,
      what: "it goes on",
    });
  });

  it("shows the console", async () => {
    const answer = await aws.send(new ec2.GetConsoleOutputCommand({ InstanceId: server }));
    assert.match(Buffer.from(answer.Output ?? "", "base64").toString(), /console-works/);
  });

  it("gives address and volume free when an instance is terminated, and only then", async () => {
    const described = await aws.send(new ec2.DescribeInstancesCommand({ InstanceIds: [server] }));
    const interfaceId = described.Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? "";
    await inside(server, `mount /dev/disk/by-id/nvme-*${volume.replace("-", "")} /mnt`);
    await aws.send(new ec2.TerminateInstancesCommand({ InstanceIds: [server] }));
    await reaches(server, "terminated", 15_000);
    const next = await runInstance(vpc, { name: "server", interfaceId, userData: userData("10.30.0.11") });
    await reaches(next, "running");
    await aws.send(new ec2.AttachVolumeCommand({ VolumeId: volume, InstanceId: next, Device: "/dev/sdf" }));
    const disk = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace("-", "")}`;
    assert.equal(await inside(next, `mount ${disk} /mnt && cat /mnt/data && umount /mnt`), "precious");
    await booted(next);
    assert.equal(await talk(client, "10.30.0.11", 9092), "hello from 10.30.0.11");
    server = next;
  });

  it("replaces a machine that died, with the same interface", async () => {
    const interfaceId = await makeInterface(vpc, "10.30.0.20", [open]);
    const template = await aws.send(
      new ec2.CreateLaunchTemplateCommand({
        LaunchTemplateName: "member",
        LaunchTemplateData: {
          ImageId: vpc.imageId,
          InstanceType: "t3.micro",
          NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: interfaceId }],
        },
      }),
    );
    const scaling = new autoscaling.AutoScalingClient(connection);
    await scaling.send(
      new autoscaling.CreateAutoScalingGroupCommand({
        AutoScalingGroupName: "member",
        MinSize: 1,
        MaxSize: 1,
        AvailabilityZones: [zone],
        LaunchTemplate: { LaunchTemplateId: template.LaunchTemplate?.LaunchTemplateId, Version: "1" },
      }),
    );
    const member = async (): Promise<string | undefined> =>
      (await labStatus()).instances.find((one) => one.privateIp === "10.30.0.20" && one.state === "running")?.id;
    const first = await waitFor(member, { timeoutMs: 30_000, intervalMs: 200, what: "the group's instance runs" });
    await killInstance(first);
    await reaches(first, "terminated", 15_000);
    const second = await waitFor(member, { timeoutMs: 30_000, intervalMs: 200, what: "the group has replaced it" });
    assert.notEqual(second, first);
  });

  it("says that it is up when it is started again, quickly", async () => {
    const begun = Date.now();
    const again = await lab("start");
    assert.equal(again.code, 0);
    assert.match(again.output, /up already/);
    assert.ok(Date.now() - begun < 5_000);
  });

  it("cleans up after a daemon that was killed, and starts afresh", async () => {
    process.kill((await labStatus()).pid, "SIGKILL");
    const again = await lab("start");
    assert.equal(again.code, 0, again.output);
    assert.deepEqual((await labStatus()).instances, []);
    const [, ...more] = leftovers(stateFolder()).filter((line) => /mounts|loop/.test(line));
    assert.deepEqual(more, []);
  });
});
