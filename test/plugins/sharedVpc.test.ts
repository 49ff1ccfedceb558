import assert from "node:assert/strict";
import * as ec2 from "@aws-sdk/client-ec2";

import type { EmulatorProcess } from "./emulatorProcess";
import { startEmulator } from "./emulatorProcess";
import { Engine, withoutCommands } from "./engine";

/** A VPC that others use too: their machines call the EC2 API by an endpoint with private DNS. */
describe("two clusters in one VPC", function () {
  this.timeout(900_000);
  let emulator: EmulatorProcess;
  let engine: Engine;
  let vpcId: string;

  before(async () => {
    // Two clusters need 36 vCPUs, more than a new account has.
    emulator = await startEmulator(["--auto-lifecycle", "--account", "vcpus=64"]);
    const { Vpc } = await emulator.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.20.0.0/16" }));
    vpcId = Vpc!.VpcId!;
    await emulator.ec2.send(new ec2.ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }));
    const { InternetGateway } = await emulator.ec2.send(new ec2.CreateInternetGatewayCommand({}));
    const InternetGatewayId = InternetGateway!.InternetGatewayId;
    await emulator.ec2.send(new ec2.AttachInternetGatewayCommand({ InternetGatewayId, VpcId: vpcId }));
    const theirs = { VpcId: vpcId, CidrBlock: "10.20.128.0/24", AvailabilityZone: "us-east-1a" };
    const { Subnet } = await emulator.ec2.send(new ec2.CreateSubnetCommand(theirs));
    for (const service of ["ec2", "ssm"]) {
      await emulator.ec2.send(
        new ec2.CreateVpcEndpointCommand({
          VpcId: vpcId,
          VpcEndpointType: "Interface",
          ServiceName: `com.amazonaws.us-east-1.${service}`,
          SubnetIds: [Subnet!.SubnetId!],
          PrivateDnsEnabled: true,
        }),
      );
    }
    const { DhcpOptions } = await emulator.ec2.send(
      new ec2.CreateDhcpOptionsCommand({
        DhcpConfigurations: [{ Key: "domain-name-servers", Values: ["10.20.128.53"] }],
      }),
    );
    const { DhcpOptionsId } = DhcpOptions!;
    await emulator.ec2.send(new ec2.AssociateDhcpOptionsCommand({ DhcpOptionsId, VpcId: vpcId }));
    engine = await Engine.start(emulator.endpoint, "test");
  });

  after(async () => {
    await emulator?.stop();
    engine?.remove();
  });

  const up = ["up", "--yes", "--skip-preview", ...withoutCommands];

  it("stand beside each other and the endpoints of others, with names of their own", async () => {
    engine.configure("one", { vpcId: vpcId, vpcCidr: "10.20.0.0/18" });
    await engine.succeed("one", "stack", "init");
    const first = await engine.succeed("one", ...up);
    assert.match(first, /the DHCP options of vpc-\w+ name 10\.20\.128\.53/);
    assert.match(first, /calls of ssm go to vpce-\w+, .*: let 10\.20\.60\.0\/26 in on port 443/);

    const second = { vpcId: vpcId, vpcCidr: "10.20.64.0/18" };
    engine.configure("two", second);
    await engine.succeed("two", "stack", "init");
    const refused = await engine.pulumi("two", ...up);
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /dnsDomain: vpc-\w+ has a private zone kafka\.internal already .*choose another/);

    engine.configure("two", { ...second, dnsDomain: "kafka-2.internal" });
    await engine.succeed("two", ...up);
    assert.match(await engine.succeed("one", "preview", ...withoutCommands), /\d+ unchanged/);
    await engine.succeed("one", "destroy", "--yes", "--skip-preview");
    assert.match(await engine.succeed("two", "preview", "--refresh", ...withoutCommands), /\d+ unchanged/);
  });
});
