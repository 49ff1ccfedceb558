import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";

import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AssociateRouteTableCommand,
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCidrReservationCommand,
  CreateVpcEndpointCommand,
  DeleteNetworkInterfaceCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCidrReservationCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DeleteVpcEndpointsCommand,
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeNetworkInterfacesCommand,
  DescribePrefixListsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DetachInternetGatewayCommand,
  ImportKeyPairCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  ModifyVpcEndpointCommand,
  ReleaseAddressCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { _InstanceType, DescribeImagesCommandInput, RunInstancesCommandInput } from "@aws-sdk/client-ec2";
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand } from "@aws-sdk/client-route-53";
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";

import { ensureMoto } from "../../lab/setup/moto";
import { deprecatedImage, describeInstance, labImage, makeInterface, makeNetwork } from "./emulatorNodes";
import type { TestNetwork } from "./emulatorNodes";
import type { EmulatorProcess } from "./emulatorProcess";
import { refusal, startEmulator } from "./emulatorProcess";

describe("emulator: networks, images and launches", function () {
  this.timeout(60_000);
  let emulator: EmulatorProcess;
  let network: TestNetwork;

  before(async () => {
    emulator = await startEmulator(["--auto-lifecycle"]);
  });
  after(() => emulator?.stop());
  beforeEach(async () => {
    network = await makeNetwork(emulator);
  });

  const launch = (more: Partial<RunInstancesCommandInput> = {}) =>
    emulator.ec2.send(
      new RunInstancesCommand({
        ImageId: labImage,
        InstanceType: "t3.micro",
        SubnetId: network.subnetId,
        MinCount: 1,
        MaxCount: 1,
        ...more,
      }),
    );
  const idOf = async (started: ReturnType<typeof launch>): Promise<string> =>
    (await started).Instances![0]!.InstanceId!;

  describe("public addresses", () => {
    it("are all different and from 198.51.100.10-250, whether Elastic or automatic", async () => {
      await emulator.ec2.send(
        new ModifySubnetAttributeCommand({ SubnetId: network.subnetId, MapPublicIpOnLaunch: { Value: true } }),
      );
      const addresses: string[] = [];
      for (let each = 0; each < 5; each++) {
        addresses.push((await emulator.ec2.send(new AllocateAddressCommand({ Domain: "vpc" }))).PublicIp!);
        addresses.push((await describeInstance(emulator, await idOf(launch()))).PublicIpAddress!);
      }
      assert.equal(new Set(addresses).size, 10);
      for (const address of addresses) {
        const [, host] = /^198\.51\.100\.(\d+)$/.exec(address) ?? [];
        assert.ok(Number(host) >= 10 && Number(host) <= 250, address);
      }
    });

    it("stay with the interface, not with the instance", async () => {
      const interfaceId = await makeInterface(emulator, network, 20);
      const { AllocationId, PublicIp } = await emulator.ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
      await emulator.ec2.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId: interfaceId }));
      const nic = { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: interfaceId }], SubnetId: undefined };
      const first = await idOf(launch(nic));
      assert.equal((await describeInstance(emulator, first)).PublicIpAddress, PublicIp);
      await emulator.ec2.send(new TerminateInstancesCommand({ InstanceIds: [first] }));
      assert.equal(await refusal(launch(nic)), "InvalidNetworkInterface.InUse", "it is not free at once");
      const second = await idOf(launch(nic));
      assert.equal((await describeInstance(emulator, second)).PublicIpAddress, PublicIp);
      const { Addresses } = await emulator.ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId!] }));
      assert.equal(Addresses![0]!.InstanceId, second);
      assert.equal(
        await refusal(emulator.ec2.send(new ReleaseAddressCommand({ AllocationId }))),
        "InvalidIPAddress.InUse",
      );
      const detach = new DetachInternetGatewayCommand({
        InternetGatewayId: network.gatewayId,
        VpcId: network.vpcId,
      });
      assert.equal(await refusal(emulator.ec2.send(detach)), "DependencyViolation");
    });
  });

  describe("what is in use", () => {
    it("can't be deleted", async () => {
      const interfaceId = await makeInterface(emulator, network, 20);
      await idOf(
        launch({ NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: interfaceId }], SubnetId: undefined }),
      );
      const { ec2 } = emulator;
      assert.deepEqual(
        [
          await refusal(ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: interfaceId }))),
          await refusal(ec2.send(new DeleteSecurityGroupCommand({ GroupId: network.groupId }))),
          await refusal(ec2.send(new DeleteSubnetCommand({ SubnetId: network.subnetId }))),
          await refusal(ec2.send(new DeleteVpcCommand({ VpcId: network.vpcId }))),
        ],
        ["InvalidParameterValue", "DependencyViolation", "DependencyViolation", "DependencyViolation"],
      );
    });

    it("is an address too: it is given once, and only inside of its subnet", async () => {
      const make = (PrivateIpAddress: string): Promise<unknown> =>
        emulator.ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: network.subnetId, PrivateIpAddress }));
      await make(`${network.prefix}.0.30`);
      assert.equal(await refusal(make(`${network.prefix}.0.30`)), "InvalidIPAddress.InUse");
      await assert.rejects(make(`${network.prefix}.1.30`), /does not fall within the subnet's address range/);
      await assert.rejects(make(`${network.prefix}.0.2`), /reserved address range/);
    });
  });

  it("an address that nobody asked for may be any free one, but none that the subnet's reservations hold", async () => {
    const { ec2 } = emulator;
    const automatic = async (): Promise<string> =>
      (await describeInstance(emulator, await idOf(launch()))).PrivateIpAddress!;
    // What a cluster's next machine would be given by name.
    assert.deepEqual([await automatic(), await automatic()], [`${network.prefix}.0.16`, `${network.prefix}.0.17`]);
    const reserve = async (host: number, prefix: number): Promise<string> => {
      const { SubnetCidrReservation } = await ec2.send(
        new CreateSubnetCidrReservationCommand({
          SubnetId: network.subnetId,
          Cidr: `${network.prefix}.0.${host}/${prefix}`,
          ReservationType: "explicit",
        }),
      );
      return SubnetCidrReservation!.SubnetCidrReservationId!;
    };
    // It may hold addresses that are in use; two may not overlap.
    const low = await reserve(0, 26);
    await reserve(64, 27);
    await assert.rejects(reserve(32, 28), /has overlap with existing reserved CIDR block/);
    assert.equal(await automatic(), `${network.prefix}.0.96`);
    await makeInterface(emulator, network, 18);
    await ec2.send(new DeleteSubnetCidrReservationCommand({ SubnetCidrReservationId: low }));
    assert.equal(await automatic(), `${network.prefix}.0.19`);
  });

  describe("security group rules", () => {
    it("have ids, by which they are found and revoked; a referenced group can't be deleted", async () => {
      const { ec2 } = emulator;
      const { GroupId: clients } = await ec2.send(
        new CreateSecurityGroupCommand({ GroupName: "clients", Description: "clients", VpcId: network.vpcId }),
      );
      const { SecurityGroupRules } = await ec2.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: network.groupId,
          IpPermissions: [
            {
              IpProtocol: "tcp",
              FromPort: 9092,
              ToPort: 9092,
              UserIdGroupPairs: [{ GroupId: clients, Description: "c" }],
            },
            { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "203.0.113.0/24" }] },
          ],
          TagSpecifications: [{ ResourceType: "security-group-rule", Tags: [{ Key: "cluster", Value: "kafka" }] }],
        }),
      );
      assert.equal(SecurityGroupRules?.length, 2);
      const [byGroup] = SecurityGroupRules;
      const SecurityGroupRuleIds = [byGroup!.SecurityGroupRuleId!];
      const found = await ec2.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds }));
      assert.deepEqual(
        found.SecurityGroupRules?.map(({ FromPort, ReferencedGroupInfo, Description, Tags }) => [
          FromPort,
          ReferencedGroupInfo?.GroupId,
          Description,
          Tags?.[0]?.Value,
        ]),
        [[9092, clients, "c", "kafka"]],
      );
      const remove = (): Promise<unknown> => ec2.send(new DeleteSecurityGroupCommand({ GroupId: clients }));
      assert.equal(await refusal(remove()), "DependencyViolation");
      const revoke = (): Promise<unknown> =>
        ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: network.groupId, SecurityGroupRuleIds }));
      await revoke();
      assert.equal(await refusal(revoke()), "InvalidSecurityGroupRuleId.NotFound");
      await remove();
    });
  });

  it("an interface endpoint has the address that was asked for, and needs the VPC's DNS names", async () => {
    const make = () =>
      emulator.ec2.send(
        new CreateVpcEndpointCommand({
          VpcId: network.vpcId,
          ServiceName: "com.amazonaws.us-east-1.ec2",
          VpcEndpointType: "Interface",
          SubnetIds: [network.subnetId],
          SubnetConfigurations: [{ SubnetId: network.subnetId, Ipv4: `${network.prefix}.0.5` }],
          SecurityGroupIds: [network.groupId],
          PrivateDnsEnabled: true,
        }),
      );
    await assert.rejects(make(), /enableDnsSupport and enableDnsHostnames/);
    await emulator.ec2.send(
      new ModifyVpcAttributeCommand({ VpcId: network.vpcId, EnableDnsHostnames: { Value: true } }),
    );
    const { VpcEndpoint } = await make();
    const id = VpcEndpoint!.VpcEndpointId!;
    const dnsNames = VpcEndpoint!.DnsEntries!.map(({ DnsName }) => DnsName!.replace(/-[0-9a-f]{8}(?=[-.])/, ""));
    assert.deepEqual(
      dnsNames.map((name) => name.replace(id, "ID")),
      [
        "ID.ec2.us-east-1.vpce.amazonaws.com",
        "ID-us-east-1a.ec2.us-east-1.vpce.amazonaws.com",
        "ec2.us-east-1.amazonaws.com",
      ],
    );
    const { NetworkInterfaces } = await emulator.ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: VpcEndpoint!.NetworkInterfaceIds }),
    );
    assert.equal(NetworkInterfaces![0]!.PrivateIpAddress, `${network.prefix}.0.5`);
  });

  it("one interface endpoint of a VPC answers for the service's own name", async () => {
    await emulator.ec2.send(
      new ModifyVpcAttributeCommand({ VpcId: network.vpcId, EnableDnsHostnames: { Value: true } }),
    );
    const make = (PrivateDnsEnabled: boolean, service = "ec2") =>
      emulator.ec2.send(
        new CreateVpcEndpointCommand({
          VpcId: network.vpcId,
          ServiceName: `com.amazonaws.us-east-1.${service}`,
          VpcEndpointType: "Interface",
          SubnetIds: [network.subnetId],
          PrivateDnsEnabled,
        }),
      );
    const { VpcEndpoint } = await make(true);
    await assert.rejects(make(true), {
      name: "InvalidParameter",
      message:
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for " +
        `ec2.us-east-1.amazonaws.com in the VPC ${network.vpcId}`,
    });
    await make(true, "ssm");
    const { VpcEndpoint: second } = await make(false);
    const described = (await emulator.daemon.desired())?.endpoints.find(({ id }) => id === second!.VpcEndpointId);
    assert.deepEqual(
      described?.names.filter((name) => !name.includes("vpce")),
      [],
    );
    assert.deepEqual([described.addresses.length, described.securityGroupIds.length], [1, 1]);
    await emulator.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpoint!.VpcEndpointId!] }));
    await make(true);
  });

  it("tells the daemon each interface's ways out, and what a rule's prefix list holds", async () => {
    const { ec2 } = emulator;
    const interfaceId = await makeInterface(emulator, network, 40);
    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId: network.vpcId }));
    const RouteTableId = RouteTable!.RouteTableId!;
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId: network.subnetId }));
    const internet = { RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId: network.gatewayId };
    await ec2.send(new CreateRouteCommand(internet));
    const s3 = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: network.vpcId,
        ServiceName: "com.amazonaws.us-east-1.s3",
        RouteTableIds: [RouteTableId],
      }),
    );
    const { PrefixLists } = await ec2.send(
      new DescribePrefixListsCommand({
        Filters: [{ Name: "prefix-list-name", Values: ["com.amazonaws.us-east-1.s3"] }],
      }),
    );
    const { PrefixListId } = PrefixLists![0]!;
    await ec2.send(
      new AuthorizeSecurityGroupEgressCommand({
        GroupId: network.groupId,
        IpPermissions: [{ IpProtocol: "tcp", FromPort: 443, ToPort: 443, PrefixListIds: [{ PrefixListId }] }],
      }),
    );
    await idOf(
      launch({ NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: interfaceId }], SubnetId: undefined }),
    );
    const desired = await emulator.daemon.desired();
    const nic = desired?.instances.flatMap(({ interfaces }) => interfaces).find(({ id }) => id === interfaceId);
    assert.deepEqual(nic?.routes, [
      { destinations: ["0.0.0.0/0"], target: network.gatewayId },
      { destinations: ["198.51.100.4/31"], target: s3.VpcEndpoint!.VpcEndpointId },
    ]);
    const group = desired?.securityGroups.find(({ id }) => id === network.groupId);
    assert.ok(group?.egress.some(({ cidrs, fromPort }) => fromPort === 443 && cidrs.join() === "198.51.100.4/31"));
  });

  it("a gateway endpoint's routes follow its route tables, also when a table is deleted first", async () => {
    const { ec2 } = emulator;
    const makeTable = async (): Promise<string> =>
      (await ec2.send(new CreateRouteTableCommand({ VpcId: network.vpcId }))).RouteTable!.RouteTableId!;
    const [first, second] = [await makeTable(), await makeTable()];
    const { VpcEndpoint } = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: network.vpcId,
        ServiceName: "com.amazonaws.us-east-1.s3",
        RouteTableIds: [first],
      }),
    );
    const VpcEndpointId = VpcEndpoint!.VpcEndpointId;
    const routes = async (table: string): Promise<number> => {
      const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [table] }));
      return RouteTables![0]!.Routes!.filter(({ GatewayId }) => GatewayId === VpcEndpointId).length;
    };
    assert.deepEqual([await routes(first), await routes(second)], [1, 0]);
    await ec2.send(
      new ModifyVpcEndpointCommand({ VpcEndpointId, AddRouteTableIds: [second], RemoveRouteTableIds: [first] }),
    );
    assert.deepEqual([await routes(first), await routes(second)], [0, 1]);
    await ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId, AddRouteTableIds: [first] }));
    await ec2.send(new DeleteRouteTableCommand({ RouteTableId: second }));
    await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpointId!] }));
    assert.equal(await routes(first), 0);
  });

  it("a private zone belongs to a VPC that exists, and its records are in the daemon's document", async () => {
    const make = (VPCId: string) =>
      emulator.route53.send(
        new CreateHostedZoneCommand({
          Name: "kafka.internal",
          CallerReference: `${VPCId} ${Math.random()}`,
          VPC: { VPCId, VPCRegion: "us-east-1" },
        }),
      );
    assert.equal(await refusal(make("vpc-0")), "InvalidVPCId");
    const { HostedZone } = await make(network.vpcId);
    assert.equal(HostedZone?.Config?.PrivateZone, true);
    assert.match(HostedZone.Id!, /^\/hostedzone\/Z[A-Z0-9]+$/);
    await emulator.route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZone.Id,
        ChangeBatch: {
          Changes: [
            {
              Action: "UPSERT",
              ResourceRecordSet: {
                Name: "kafka-1.kafka.internal",
                Type: "A",
                TTL: 60,
                ResourceRecords: [{ Value: "10.20.0.11" }],
              },
            },
          ],
        },
      }),
    );
    assert.equal(await refusal(make(network.vpcId)), "ConflictingDomainExists");
    assert.deepEqual((await emulator.daemon.desired())?.dns, [
      {
        zone: "kafka.internal",
        vpcIds: [network.vpcId],
        records: [{ name: "kafka-1.kafka.internal", type: "A", ttl: 60, values: ["10.20.0.11"] }],
      },
    ]);
  });

  describe("launches", () => {
    it("are refused for what EC2 refuses", async () => {
      const refused = async (more: Partial<RunInstancesCommandInput>, message: RegExp): Promise<void> => {
        await assert.rejects(launch(more), message);
      };
      await refused({ InstanceType: "t3.pico" as _InstanceType }, /Invalid value 't3.pico' for InstanceType/);
      await refused({ InstanceType: "m7g.large" }, /architecture 'arm64'.* does not match .*'x86_64'/);
      await refused({ ImageId: "ami-00000000000000000" }, /does not exist/);
      await refused({ KeyName: "nobody" }, /key pair 'nobody' does not exist/);
      await refused({ IamInstanceProfile: { Name: "nobody" } }, /Invalid IAM Instance Profile name/);
      await refused({ UserData: Buffer.alloc(16385, "x").toString("base64") }, /limited to 16384 bytes/);
      await refused(
        { BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeSize: 4 } }] },
        /smaller than snapshot/,
      );
      await refused({ CpuOptions: { CoreCount: 1 } }, /does not implement CpuOptions/);
    });

    it("find a type only in the zones that offer it", async () => {
      const { InstanceTypeOfferings } = await emulator.ec2.send(
        new DescribeInstanceTypeOfferingsCommand({
          LocationType: "availability-zone",
          Filters: [{ Name: "instance-type", Values: ["m7g.large"] }],
        }),
      );
      const zones = InstanceTypeOfferings!.map(({ Location }) => Location);
      assert.ok(zones.includes("us-east-1a") && !zones.includes("us-east-1e"), zones.join());
      await assert.rejects(
        launch({
          InstanceType: "m7g.large",
          SubnetId: undefined,
          Placement: { AvailabilityZone: "us-east-1e" },
          ImageId: await arm(),
        }),
        /not supported in your requested Availability Zone/,
      );
    });

    it("happen once for one client token", async () => {
      const once = { ClientToken: "retried-request" };
      assert.equal(await idOf(launch(once)), await idOf(launch(once)));
      const elsewhere = { ...once, SubnetId: network.otherSubnetId };
      assert.equal(await refusal(launch(elsewhere)), "IdempotentParameterMismatch");
    });

    it("take OpenSSH public keys only", async () => {
      const key = new ImportKeyPairCommand({ KeyName: "k", PublicKeyMaterial: Buffer.from("not a key") });
      assert.equal(await refusal(emulator.ec2.send(key)), "InvalidKeyPair.Format");
    });
  });

  async function arm(): Promise<string> {
    const { Parameter } = await emulator.ssm.send(
      new GetParameterCommand({ Name: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64" }),
    );
    return Parameter!.Value!;
  }

  it("has Amazon Linux 2023 for both architectures, and the lab's own image", async () => {
    const { Images } = await emulator.ec2.send(new DescribeImagesCommand({ ImageIds: [await arm(), labImage] }));
    assert.deepEqual(Images!.map(({ Architecture, RootDeviceName }) => [Architecture, RootDeviceName]).sort(), [
      ["arm64", "/dev/xvda"],
      ["x86_64", "/dev/xvda"],
    ]);
    const named = await emulator.ec2.send(
      new DescribeImagesCommand({
        Owners: ["amazon"],
        Filters: [{ Name: "name", Values: ["al2023-ami-2023.*-kernel-6.1-x86_64"] }],
      }),
    );
    assert.equal(named.Images?.length, 1);
  });

  it("tells its own image as the newest Amazon Linux, by a public parameter that nobody can write", async () => {
    const Name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
    const { Parameter } = await emulator.ssm.send(new GetParameterCommand({ Name }));
    assert.equal(Parameter?.Value, labImage);
    const write = new PutParameterCommand({ Name, Value: "ami-1", Type: "String", Overwrite: true });
    assert.equal(await refusal(emulator.ssm.send(write)), "AccessDeniedException");
  });

  it("shows a deprecated image of others by its id, and else only to who asks for such", async () => {
    const find = async (request: DescribeImagesCommandInput) =>
      (await emulator.ec2.send(new DescribeImagesCommand(request))).Images?.map(
        ({ DeprecationTime }) => DeprecationTime,
      );
    const Filters = [{ Name: "image-id", Values: [deprecatedImage] }];
    assert.deepEqual(await find({ Filters }), []);
    assert.deepEqual(await find({ Filters, IncludeDeprecated: true }), ["2026-08-30T00:00:00.000Z"]);
    assert.deepEqual(await find({ ImageIds: [deprecatedImage] }), ["2026-08-30T00:00:00.000Z"]);
    await emulator.ec2.send(
      new RunInstancesCommand({ ImageId: deprecatedImage, SubnetId: network.subnetId, MinCount: 1, MaxCount: 1 }),
    );
  });

  it("answers an action that it does not have with an error", async () => {
    const call = emulator.ec2.send(new CreateNatGatewayCommand({ SubnetId: network.subnetId }));
    assert.equal(await refusal(call), "NotImplemented");
  });

  it("refuses a moto that it was not written for", async () => {
    const { python } = await ensureMoto();
    const folder = path.join(__dirname, "../../lab/emulator");
    const program =
      `import sys; sys.path.insert(0, ${JSON.stringify(folder)}); import shim; shim.MOTO_VERSION = "5.0.0"; import ` +
      "server; server.main()";
    const { status, stderr } = spawnSync(python, ["-c", program], { encoding: "utf8" });
    assert.equal(status, 2);
    assert.match(stderr, /written for moto 5\.0\.0 and found 5\.\d/);
  });
});
