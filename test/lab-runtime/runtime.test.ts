import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as autoscaling from "@aws-sdk/client-auto-scaling";
import * as ec2 from "@aws-sdk/client-ec2";
import * as route53 from "@aws-sdk/client-route-53";
import * as sns from "@aws-sdk/client-sns";
import {
  cutNetwork,
  freezeInstance,
  healNetwork,
  injectFaults,
  killInstance,
  labIsRunning,
  labStatus,
  labTraffic,
  losePackets,
  setClock,
  silenceInstance,
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

/**
 * Connects and says how that went; with `wait`, stays connected for so many seconds and says what came. Its patience is
 * longer than the three seconds after which a neighbour that does not answer is called unreachable.
 */
const connectScript = `
import socket, sys
address, wait = sys.argv[1], float(sys.argv[2])
try:
    connection = socket.create_connection((address, 9092), timeout=4)
    connection.settimeout(wait)
    print("connected", flush=True)
    print("ended" if wait and not connection.recv(1) else "open")
except Exception as error:
    print(type(error).__name__)
`;

const connect = (from: string, address: string, wait = 0.01): Promise<string> =>
  inside(from, `timeout 20 python3 -c '${connectScript}' ${address} ${wait}`);

/** Takes all that a client sends, answers as much, and listens for the next. */
const echoScript = `
import socket
listener = socket.create_server(("", 9092))
while True:
    connection, _ = listener.accept()
    count = 0
    while received := connection.recv(65536): count += len(received)
    connection.sendall(bytes(count))
    connection.close()
`;

/** Sends so many bytes and gets as many back; says how many seconds either took. */
const transferScript = `
import socket, sys, time
connection = socket.create_connection((sys.argv[1], 9092), timeout=30)
begun = time.monotonic()
connection.sendall(bytes(int(sys.argv[2])))
connection.shutdown(socket.SHUT_WR)
connection.recv(1)
arrived = time.monotonic()
while connection.recv(65536): pass
print(arrived - begun, time.monotonic() - arrived)
`;

/** What limits the writing of disks on this machine, where its control groups are of version 1. */
const diskLimits = (): string => {
  const file = "/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device";
  return existsSync(file) ? readFileSync(file, "utf8") : "";
};

/** Starts a write to a frozen filesystem: it hangs in the kernel. */
const freezeAndWrite = "fsfreeze --freeze /mnt && systemd-run --quiet sh -c 'echo late > /mnt/late'";

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
    const ping = [{ IpProtocol: "icmp", FromPort: -1, ToPort: -1, UserIdGroupPairs: [{ GroupId: open }] }];
    const ssh = [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "198.51.100.254/32" }] }];
    await aws.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId: open, IpPermissions: [...between, ...ping, ...ssh] }),
    );
    await aws.send(
      new ec2.AuthorizeSecurityGroupEgressCommand({ GroupId: open, IpPermissions: [...between, ...ping] }),
    );
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
    await assert.rejects(
      inside(server, "curl -s -m 1 http://198.51.100.1:4566/_lab/status"),
      "instances cannot command the lab",
    );
  });

  it("has AWS where routes, endpoints and security groups let an instance get to it", async () => {
    const ask = (instance: string, host: string): Promise<string> =>
      inside(instance, `curl -s -m 1 -o /dev/null -w '%{http_code}' https://${host}/ || true`);
    const [nobody, refused] = ["000", "403"];
    const { vpcId, subnetId } = vpc;
    const https = (peer: ec2.IpPermission) => [{ IpProtocol: "tcp", FromPort: 443, ToPort: 443, ...peer }];
    await aws.send(
      new ec2.AuthorizeSecurityGroupEgressCommand({
        GroupId: open,
        IpPermissions: https({ IpRanges: [{ CidrIp: "0.0.0.0/0" }] }),
      }),
    );
    const tables = await aws.send(
      new ec2.DescribeRouteTablesCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }),
    );
    const RouteTableId = tables.RouteTables?.[0]?.RouteTableId ?? "";
    const gateways = await aws.send(new ec2.DescribeInternetGatewaysCommand({}));
    const [gateway] = gateways.InternetGateways?.filter(({ Attachments }) => Attachments?.[0]?.VpcId === vpcId) ?? [];
    const names = ["ec2.us-east-1.amazonaws.com", "bucket.s3.us-east-1.amazonaws.com"] as const;
    const all = (instance: string) => Promise.all(names.map((name) => ask(instance, name)));
    assert.deepEqual(await all(server), [nobody, nobody], "there is no route");

    const GatewayId = gateway?.InternetGatewayId;
    await aws.send(new ec2.CreateRouteCommand({ RouteTableId, GatewayId, DestinationCidrBlock: "0.0.0.0/0" }));
    assert.deepEqual(await all(server), [refused, refused], "with a public address");
    assert.deepEqual(await all(client), [nobody, nobody], "without one");

    const service = (name: string) => ({ VpcId: vpcId, ServiceName: `com.amazonaws.us-east-1.${name}` });
    await aws.send(new ec2.CreateVpcEndpointCommand({ ...service("s3"), RouteTableIds: [RouteTableId] }));
    assert.deepEqual(await all(client), [nobody, refused], "by the gateway endpoint");

    await aws.send(new ec2.ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }));
    const endpoint = await makeGroup(vpc, "endpoint");
    const made = await aws.send(
      new ec2.CreateVpcEndpointCommand({
        ...service("ec2"),
        VpcEndpointType: "Interface",
        SubnetIds: [subnetId],
        SecurityGroupIds: [endpoint],
        PrivateDnsEnabled: true,
      }),
    );
    assert.equal(await ask(server, names[0]), nobody, "its name is the endpoint's now, which lets nobody in");
    await aws.send(
      new ec2.AuthorizeSecurityGroupIngressCommand({
        GroupId: endpoint,
        IpPermissions: https({ UserIdGroupPairs: [{ GroupId: open }] }),
      }),
    );
    const ownName = made.VpcEndpoint?.DnsEntries?.[0]?.DnsName ?? "";
    assert.deepEqual(await Promise.all([ask(client, names[0]), ask(client, ownName)]), [refused, refused]);
    assert.equal(await ask(stranger, names[0]), nobody);
    await aws.send(new ec2.DeleteVpcEndpointsCommand({ VpcEndpointIds: [made.VpcEndpoint?.VpcEndpointId ?? ""] }));
    assert.deepEqual(await Promise.all([ask(server, names[0]), ask(client, names[0])]), [refused, nobody]);
    await aws.send(new ec2.DeleteRouteCommand({ RouteTableId, DestinationCidrBlock: "0.0.0.0/0" }));
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

  it("cuts one way only, the other way still arrives", async () => {
    const received = async (): Promise<number> =>
      Number(await inside(server, "nstat -asz IcmpInEchos | awk '/InEchos/ { print $2 }'"));
    /** How many of three pings arrived, while none was answered. */
    const arrivals = async (): Promise<number> => {
      const before = await received();
      await assert.rejects(inside(client, "ping -q -c 3 -i 0.1 -W 1 10.30.0.11"));
      return (await received()) - before;
    };
    await cutNetwork("server", undefined, "from");
    assert.equal(await arrivals(), 3);
    await healNetwork("server");
    await cutNetwork("server", ["10.30.0.0/24"], "to");
    assert.equal(await arrivals(), 0);
    await healNetwork("10.30.0.11");
    await inside(client, "ping -q -c 1 -W 1 10.30.0.11");
  });

  it("loses packets by chance", async () => {
    await losePackets("server", 20);
    const said = await inside(client, "ping -q -c 400 -i 0.005 -W 1 10.30.0.11; true");
    await losePackets("server", 0);
    // 36 % of the round trips, and six times the standard deviation of that.
    const lost = Number(/([\d.]+)% packet loss/.exec(said)?.[1]);
    assert.ok(lost > 22 && lost < 50, said);
    assert.match(await inside(client, "ping -q -c 50 -i 0.005 -W 1 10.30.0.11"), / 0% packet loss/);
  });

  it("counts what one instance has sent to another, whatever becomes of the rules", async () => {
    const sent = async (from: string, to: string): Promise<number> =>
      (await labTraffic()).find((one) => one.from === from && one.to === to)?.bytes ?? 0;
    const ping = () => inside(client, "ping -q -c 10 -i 0.01 -s 972 10.30.0.11");
    const before = [await sent("10.30.0.12", "10.30.0.11"), await sent("10.30.0.11", "10.30.0.12")] as const;
    await ping();
    await losePackets("server", 1);
    await losePackets("server", 0);
    await ping();
    // 972 bytes, 8 of ICMP's head and 20 of IP's; at the least, as neighbours ask for one another too.
    assert.ok((await sent("10.30.0.12", "10.30.0.11")) - before[0] >= 20_000);
    assert.ok((await sent("10.30.0.11", "10.30.0.12")) - before[1] >= 20_000);
    assert.match((await lab("traffic")).output, new RegExp(`^FROM +TO +MB\n(.*\n)*${zone} +${zone} +\\d`));
  });

  it("lists what topics have published, after the message that was seen last", async () => {
    const topics = new sns.SNSClient(connection);
    const { TopicArn } = await topics.send(new sns.CreateTopicCommand({ Name: "told" }));
    for (const Message of ["a disk is full", "it has room again"])
      await topics.send(new sns.PublishCommand({ TopicArn, Subject: "kafka-1", Message }));
    const all = await lab("messages");
    const first = /^(\d+)  \S+  told  kafka-1\na disk is full$/m.exec(all.output)?.[1];
    assert.ok(first !== undefined, all.output);
    const { output } = await lab("messages", first);
    assert.match(output, /^\d+ {2}\S+ {2}told {2}kafka-1\nit has room again\n\n$/);
  });

  it("does all that is asked for at once, or nothing", async () => {
    await assert.rejects(
      injectFaults([
        { action: "cut", instance: "server" },
        { action: "kill", instance: "nobody" },
      ]),
      /no instance nobody in the lab; there are: client, server, stranger/,
    );
    const refused = await lab("loss", "server", "500");
    assert.match(refused.output, /^lab: the lab refused .*percent.*100.*\n$/);
    assert.equal(await talk(client, "10.30.0.11", 9092), "hello from 10.30.0.11");
  });

  it("shifts the clock of a running service", async () => {
    const loop =
      "import select, time\n" +
      'while True: open("/run/seen", "w").write(str(time.time())); select.select([], [], [], 0.1)';
    await inside(
      server,
      "install -D -t /etc/systemd/system/clocked.service.d /usr/local/share/lab/clock.conf && " +
        `systemd-run --quiet --unit clocked python3 -c '${loop}'`,
    );
    const offset = async (): Promise<number> =>
      Number(await inside(server, "cat /run/seen").catch(() => "")) - Date.now() / 1000;
    const shiftedBy = (seconds: number): Promise<unknown> =>
      waitFor(async () => Math.abs((await offset()) - seconds) < 2, { timeoutMs: 5_000, what: `${seconds} s off` });
    await shiftedBy(0);
    await setClock("server", 300);
    await shiftedBy(300);
    await setClock("server", -60.5);
    await shiftedBy(-60.5);
    await inside(server, "systemctl stop clocked");
  });

  it("limits what a machine receives, sends, writes and reads, until it is told otherwise", async () => {
    const disk = `/dev/disk/by-id/nvme-*${volume.replace("-", "")}`;
    await inside(
      server,
      `mount ${disk} /mnt && systemctl stop listen@9092 && systemd-run --quiet --unit echo python3 -c '${echoScript}'`,
    );
    await waitFor(() => inside(server, "ss -Hltn 'sport = 9092' | grep .").catch(() => undefined), {
      timeoutMs: 10_000,
      what: "it listens",
    });
    const bytes = 8 * 2 ** 20;
    const copy = (from: string, to: string): Promise<string> =>
      inside(server, `LC_ALL=C dd bs=1M count=8 if=${from} of=${to} 2>&1 | sed -n 's/.*, \\([0-9.e-]*\\) s, .*/\\1/p'`);
    /** How long each takes, in seconds. */
    const seconds = async (): Promise<readonly number[]> => {
      const transferred = await inside(client, `python3 -c '${transferScript}' 10.30.0.11 ${bytes}`);
      const written = await copy("/dev/zero", "/mnt/limited oflag=direct");
      const wasRead = await copy("/mnt/limited iflag=direct", "/dev/null");
      return [...transferred.split(" "), written, wasRead].map(Number);
    };
    await injectFaults([{ action: "limit", instance: "server", networkMBps: 4, diskMBps: 4 }]);
    const slow = await seconds();
    // 2.1 s, less what the bucket holds at first.
    assert.ok(slow.length === 4 && slow.every((one) => one > 1.8 && one < 6), `limited: ${slow.join(", ")} s`);
    await injectFaults([{ action: "limit", instance: "server" }]);
    const quick = await seconds();
    assert.ok(
      quick.every((one) => one < 1.5),
      `no longer limited: ${quick.join(", ")} s`,
    );
    await inside(server, "rm /mnt/limited && umount /mnt && systemctl stop echo && systemctl start listen@9092");
  });

  it("shows the console", async () => {
    const answer = await aws.send(new ec2.GetConsoleOutputCommand({ InstanceId: server }));
    assert.match(Buffer.from(answer.Output ?? "", "base64").toString(), /console-works/);
  });

  it("gives address and volume free when an instance is terminated, and only then", async () => {
    const described = await aws.send(new ec2.DescribeInstancesCommand({ InstanceIds: [server] }));
    const interfaceId = described.Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? "";
    await inside(server, `mount /dev/disk/by-id/nvme-*${volume.replace("-", "")} /mnt && ${freezeAndWrite}`);
    await aws.send(new ec2.TerminateInstancesCommand({ InstanceIds: [server] }));
    await reaches(server, "terminated", 15_000);
    const successor = { name: "server", interfaceId, userData: userData("10.30.0.11") };
    // As EC2's, an interface is in use for a moment longer than its instance.
    await assert.rejects(runInstance(vpc, successor), { name: "InvalidNetworkInterface.InUse" });
    const next = await runInstance(vpc, successor);
    await reaches(next, "running");
    await aws.send(new ec2.AttachVolumeCommand({ VolumeId: volume, InstanceId: next, Device: "/dev/sdf" }));
    const disk = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace("-", "")}`;
    assert.equal(await inside(next, `mount ${disk} /mnt && cat /mnt/data && umount /mnt`), "precious");
    await booted(next);
    assert.equal(await talk(client, "10.30.0.11", 9092), "hello from 10.30.0.11");
    // A machine that dies is no more held by its frozen disk than one that is terminated.
    await inside(next, `mount ${disk} /mnt && ${freezeAndWrite}`);
    await killInstance(next);
    await reaches(next, "terminated", 15_000);
    await waitFor(
      async () =>
        (await aws.send(new ec2.DescribeVolumesCommand({ VolumeIds: [volume] }))).Volumes?.[0]?.State === "available",
      { timeoutMs: 5_000, what: "the volume is free" },
    );
  });

  it("takes from a machine that dies what it had not written, and lets one that shuts down write all", async () => {
    const made = await aws.send(new ec2.CreateVolumeCommand({ AvailabilityZone: zone, Size: 1, VolumeType: "gp3" }));
    const VolumeId = made.VolumeId ?? "";
    const disk = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${VolumeId.replace("-", "")}`;
    /** Starts a machine, runs the line with the volume on /mnt, and ends the machine. */
    const live = async (address: string, line: string, end: (id: string) => Promise<unknown>): Promise<string> => {
      const id = await runInstance(vpc, { name: "writer", interfaceId: await makeInterface(vpc, address, [open]) });
      await reaches(id, "running");
      await aws.send(new ec2.AttachVolumeCommand({ VolumeId, InstanceId: id, Device: "/dev/sdf" }));
      await inside(id, `blkid ${disk} || mkfs.xfs -q ${disk}; mount ${disk} /mnt`);
      const said = await inside(id, `cd /mnt && ${line}`);
      await end(id);
      const free = async () =>
        (await aws.send(new ec2.DescribeVolumesCommand({ VolumeIds: [VolumeId] }))).Volumes?.[0]?.State === "available";
      await waitFor(free, { timeoutMs: 30_000, intervalMs: 200, what: "the volume is free" });
      return said;
    };
    const block = "dd if=/dev/zero bs=4096 count=1 status=none";
    const write = (name: string): string =>
      `${block} of=${name}-synced conv=fsync && ${block} of=${name}-synced seek=1 conv=notrunc && ` +
      `echo data > ${name}-unwritten`;
    const terminate = (id: string) => aws.send(new ec2.TerminateInstancesCommand({ InstanceIds: [id] }));
    await live("10.30.0.31", write("killed"), killInstance);
    await live("10.30.0.32", write("terminated"), terminate);
    await live("10.30.0.33", write("stopped"), async (id) => {
      await aws.send(new ec2.StopInstancesCommand({ InstanceIds: [id] }));
      await reaches(id, "stopped");
      await aws.send(new ec2.DetachVolumeCommand({ VolumeId, InstanceId: id }));
    });
    assert.equal(
      await live("10.30.0.34", "stat -c '%n %s' *-synced *-unwritten", terminate),
      "killed-synced 4096\nstopped-synced 8192\nterminated-synced 4096\nstopped-unwritten 5",
    );
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

    // The next one dies in silence: nobody is told.
    await waitFor(() => inside(second, "systemctl is-active --quiet basic.target && echo yes").catch(() => undefined), {
      timeoutMs: 30_000,
      what: "it has booted",
    });
    await inside(second, "systemd-run --quiet python3 -m http.server 9092");
    await waitFor(async () => (await connect(client, "10.30.0.20")).startsWith("connected"), {
      timeoutMs: 10_000,
      what: "it listens",
    });
    const established = connect(client, "10.30.0.20", 5);
    await new Promise((done) => setTimeout(done, 500));
    await silenceInstance(second);
    assert.equal(await connect(client, "10.30.0.20"), "TimeoutError");
    assert.equal(await established, "connected\nTimeoutError", "neither reset nor closed");
    await waitFor(member, { timeoutMs: 30_000, intervalMs: 200, what: "the group has replaced that, too" });
    assert.equal(await connect(client, "10.30.0.20"), "TimeoutError", "the successor is cut off, too");
    await healNetwork("10.30.0.20");
    assert.equal(
      await connect(client, "10.30.0.20"),
      "ConnectionRefusedError",
      "nothing listens there, but it answers",
    );
  });

  it("says that it is up when it is started again, quickly", async () => {
    const begun = Date.now();
    const again = await lab("start");
    assert.equal(again.code, 0);
    assert.match(again.output, /up already/);
    assert.ok(Date.now() - begun < 5_000);
  });

  it("cleans up after a daemon that was killed, and starts afresh", async () => {
    // Not even a frozen disk is in the way.
    await aws.send(new ec2.AttachVolumeCommand({ VolumeId: volume, InstanceId: client, Device: "/dev/sdf" }));
    await inside(client, `mount /dev/disk/by-id/nvme-*${volume.replace("-", "")} /mnt && ${freezeAndWrite}`);
    const limitsBefore = diskLimits();
    await injectFaults([{ action: "limit", instance: "client", diskMBps: 1 }]);
    process.kill((await labStatus()).pid, "SIGKILL");
    const again = await lab("start");
    assert.equal(again.code, 0, again.output);
    assert.deepEqual((await labStatus()).instances, []);
    const [, ...more] = leftovers(stateFolder()).filter((line) => /mounts|loop/.test(line));
    assert.deepEqual(more, []);
    assert.equal(diskLimits(), limitsBefore, "the limit of its disk is gone, too");
  });
});
