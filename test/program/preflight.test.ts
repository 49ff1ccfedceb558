import assert from "node:assert/strict";
import type { Plan } from "../../planning/cluster/plan";
import { ebsKey, imageOf, zones } from "./mockAws";
import { failProgram, ofType, one, runProgram, type ProgramRun, type RunOptions } from "./runProgram";

const offeredEverywhereBut = (missingType: string, missingZone: string): RunOptions["answers"] => ({
  "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": (inputs: { filters: { values: string[] }[] }) => {
    const offers = (inputs.filters[0]?.values ?? [])
      .flatMap((type) => zones.map((zone) => ({ type, zone })))
      .filter(({ type, zone }) => type !== missingType || zone !== missingZone);
    return { instanceTypes: offers.map(({ type }) => type), locations: offers.map(({ zone }) => zone) };
  },
});

/** As KMS tells of a key that a customer has made for EBS. */
const ownEbsKey = {
  arn: "arn:aws:kms:us-east-1:123456789012:key/99999999-2222-3333-4444-555555555555",
  keyManager: "CUSTOMER",
  keyState: "Enabled",
  keyUsage: "ENCRYPT_DECRYPT",
  keySpec: "SYMMETRIC_DEFAULT",
};

/** The keys of all disks, those of instances and those of nodes. */
const keysOf = (run: ProgramRun): string[] => [
  ...ofType(run, "LaunchTemplate").map(({ inputs }) => inputs.blockDeviceMappings[0].ebs.kmsKeyId as string),
  ...ofType(run, "ebs/volume:Volume").map(({ inputs }) => inputs.kmsKeyId as string),
];

/** AWS asked or not, nothing may have been made. */
async function faultsOf(config: Record<string, unknown>, options: RunOptions = {}) {
  const failed = await failProgram(config, options);
  assert.deepEqual(failed.resources, []);
  return failed;
}

describe("bad settings make nothing", () => {
  it("faults of the settings are told all at once, before AWS is asked", async () => {
    const { message, calls } = await faultsOf({ brokerCount: 2, zookeeperCount: 4, sshCidrs: [] });
    for (const path of ["brokerCount", "zookeeperCount", "sshCidrs"]) {
      assert.match(message, new RegExp(`^${path.replace(".", "\\.")}: `, "m"));
    }
    assert.deepEqual(calls, []);
  });

  it("a load that the brokers can't carry, before AWS is asked", async () => {
    const { message, calls } = await faultsOf({ workloadIngestMBps: 8 });
    assert.match(
      message,
      /^workloadIngestMBps: 8 \(16 at the peak\) .* kafka-\d would need \d+ % of its .*; give broker/m,
    );
    assert.match(message, /^workloadDatabaseDownHours: 4 hours of the events of user-activity are not kept/m);
    assert.deepEqual(calls, []);
  });

  it("an instance type that neither the table nor EC2 knows", async () => {
    const unknown = {
      answers: {
        "aws:ec2/getInstanceType:getInstanceType": () => {
          throw new Error("InvalidInstanceType");
        },
      },
    };
    const { message } = await faultsOf({ brokerInstanceType: "x9.huge" }, unknown);
    assert.match(message, /brokerInstanceType: "x9\.huge" is not a known instance type/);
  });

  it("an instance type that a zone does not offer", async () => {
    const { message } = await faultsOf(
      {
        brokerInstanceType: "m7g.large",
        zookeeperInstanceType: "t4g.small",
        opsHostInstanceType: "t4g.small",
      },
      { answers: offeredEverywhereBut("m7g.large", "us-east-1b") },
    );
    assert.match(message, /brokerInstanceType: m7g\.large is not offered in us-east-1b/);
  });

  it("an image of another architecture, or none at all", async () => {
    const image = { id: "ami-0abcdef12", rootDeviceName: "/dev/xvda", state: "available", deprecationTime: "" };
    const arm = { answers: { "aws:ec2/getAmi:getAmi": () => ({ ...image, architecture: "arm64" }) } };
    const { message } = await faultsOf({ imageId: "ami-0abcdef12" }, arm);
    assert.match(message, /imageId: ami-0abcdef12 is an image for arm64, brokerInstanceType t3\.micro is x86_64/);

    const none = await faultsOf(
      { imageId: "ami-0abcdef12" },
      {
        answers: {
          "aws:ec2/getAmi:getAmi": () => {
            throw new Error("Your query returned no results.");
          },
        },
      },
    );
    assert.match(none.message, /imageId: ami-0abcdef12 is not found in us-east-1 \(Your query returned no results\)/);
  });

  it("a VPC that has a zone of the cluster's name: another cluster's, not this one's own", async () => {
    const zoneOf = (cluster: string): RunOptions["answers"] => ({
      "aws:route53/getZone:getZone": (inputs: unknown) => {
        assert.deepEqual(inputs, { name: "kafka.internal", privateZone: true, vpcId: "vpc-0123456789abcdef0" });
        return { zoneId: "Z0THEIRS", tags: { "kafka-on-ec2:cluster": cluster } };
      },
    });
    const config = { dnsVpcIds: ["eu-west-1/vpc-0123456789abcdef0"] };
    const { message } = await faultsOf(config, { answers: zoneOf("kafka-other"), preview: true });
    assert.match(
      message,
      /dnsDomain: vpc-0123456789abcdef0 has a private zone kafka\.internal already \(Z0THEIRS\).*; choose another/,
    );
    await runProgram(config, { answers: zoneOf("kafka-test") });
  });

  it(
    "a key of one's own for the disks that is of no use, or whose policy can't name Auto " + "Scaling's role yet",
    async () => {
      const key = (facts: object, roleExists: boolean): RunOptions => ({
        answers: {
          "aws:kms/getKey:getKey": ({ keyId }: { keyId: string }) => {
            assert.equal(keyId, "alias/kafka");
            return { ...ownEbsKey, ...facts };
          },
          "aws:iam/getRole:getRole": ({ name }: { name: string }) => {
            if (!roleExists) throw new Error(`reading IAM Role (${name}): couldn't find resource`);
            return { name };
          },
        },
      });
      const named = { kmsKeyId: "alias/kafka" };
      const disabled = await faultsOf(named, key({ keyState: "Disabled" }, true));
      assert.match(disabled.message, /^kmsKeyId: alias\/kafka is Disabled; EBS needs an enabled, symmetric/m);
      const signs = await faultsOf(named, key({ keyUsage: "SIGN_VERIFY", keySpec: "RSA_2048" }, true));
      assert.match(signs.message, /alias\/kafka is for SIGN_VERIFY \(RSA_2048\)/);
      const noRole = await faultsOf(named, key({}, false));
      assert.match(noRole.message, /aws iam create-service-linked-role --aws-service-name autoscaling\.amazonaws\.com/);
      const denied = (): never => {
        throw new Error("AccessDeniedException: not authorized");
      };
      const { message } = await faultsOf({}, { answers: { "aws:kms/getKey:getKey": denied } });
      assert.match(
        message,
        /KMS does not tell of alias\/aws\/ebs \(AccessDeniedException: not authorized\).*kms:DescribeKey/,
      );
    },
  );

  it("a quota of vCPUs that is too small, as a new account's: with the request for more", async () => {
    const quota = (value: number): RunOptions["answers"] => ({
      "aws:servicequotas/getServiceQuota:getServiceQuota": (inputs: unknown) => {
        assert.deepEqual(inputs, { serviceCode: "ec2", quotaCode: "L-1216C47A" });
        return { value };
      },
    });
    const { message } = await faultsOf({}, { answers: quota(5), preview: true });
    assert.match(
      message,
      /^brokerCount: 5 × t3\.micro, 3 × t3\.micro, 1 × t3\.micro need 18 vCPUs, and the account's quota .* is 5; .* --desired-value 18$/m,
    );
    await runProgram({}, { answers: quota(18) });
    const denied = (): never => {
      throw new Error("AccessDeniedException");
    };
    await runProgram({}, { answers: { "aws:servicequotas/getServiceQuota:getServiceQuota": denied } });
  });

  it("an existing VPC that has no room, no DNS and no gateway: all in one error", async () => {
    const { message } = await faultsOf(
      { vpcId: "vpc-0123456789abcdef0" },
      {
        answers: {
          "aws:ec2/getVpc:getVpc": () => ({
            cidrBlockAssociations: [{ cidrBlock: "10.20.0.0/16" }],
            enableDnsSupport: true,
            enableDnsHostnames: false,
          }),
          "aws:ec2/getSubnets:getSubnets": () => ({ ids: ["subnet-theirs"] }),
          "aws:ec2/getSubnet:getSubnet": () => ({ id: "subnet-theirs", cidrBlock: "10.20.0.0/16", tags: {} }),
          "aws:ec2/getInternetGateway:getInternetGateway": () => {
            throw new Error("no matching EC2 Internet Gateway found");
          },
        },
      },
    );
    assert.match(message, /overlaps subnet-theirs/);
    assert.match(message, /DNS hostnames off/);
    assert.match(message, /has no internet gateway/);
  });
});

describe("a configuration that is made all the same", () => {
  it("without imageId: each pool gets the newest Amazon Linux of its own architecture", async () => {
    const asked: string[] = [];
    const run = await runProgram(
      { brokerInstanceType: "m7g.large" },
      {
        answers: {
          "aws:ssm/getParameter:getParameter": ({ name }: { name: string }) => {
            asked.push(name);
            return { insecureValue: imageOf(name.endsWith("arm64") ? "arm64" : "x86_64") };
          },
        },
      },
    );
    const parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-";
    assert.deepEqual(asked.sort(), [`${parameter}arm64`, `${parameter}x86_64`]);
    const imageOfNode = (name: string) => one(run, "LaunchTemplate", name).inputs.imageId as string;
    assert.equal(imageOfNode("kafka-1"), imageOf("arm64"));
    assert.equal(imageOfNode("zookeeper-1"), imageOf("x86_64"));
  });

  it("with a key of one's own: every disk has it, and a node may use the key of its volume", async () => {
    const answers = { "aws:kms/getKey:getKey": () => ownEbsKey, "aws:iam/getRole:getRole": () => ({ name: "there" }) };
    const run = await runProgram({ kmsKeyId: "alias/kafka" }, { answers });
    assert.deepEqual(keysOf(run), Array(18).fill(ownEbsKey.arn));
    assert.match(run.said.join("\n"), /^info: kmsKeyId: instances start only if the policy of arn:.*CreateGrant/m);
    const { Statement } = JSON.parse(one(run, "RolePolicy", "kafka-1").inputs.policy as string) as {
      Statement: { Action: string; Resource: string; Condition: object }[];
    };
    const grant = Statement.find(({ Action }) => Action === "kms:CreateGrant");
    assert.equal(grant?.Resource, ownEbsKey.arn);
    assert.deepEqual(grant?.Condition, { Bool: { "kms:GrantIsForAWSResource": "true" } });
  });

  it("without one: EBS's own is named all the same, since the account's default may be a customer's", async () => {
    const run = await runProgram();
    assert.deepEqual(keysOf(run), Array(18).fill(ebsKey));
    // A volume keeps the key that it has: with another it would be another volume.
    assert.deepEqual(one(run, "ebs/volume:Volume", "kafka-1").ignoreChanges, ["kmsKeyId"]);
  });

  it("with a pinned image that is deprecated since: it is asked for by id, and there is a warning", async () => {
    const run = await runProgram(
      { imageId: "ami-0abcdef12" },
      {
        answers: {
          "aws:ec2/getAmi:getAmi": (inputs: { includeDeprecated?: boolean }) => {
            if (!inputs.includeDeprecated) throw new Error("Your query returned no results.");
            return {
              id: "ami-0abcdef12",
              architecture: "x86_64",
              rootDeviceName: "/dev/xvda",
              state: "available",
              deprecationTime: "2026-08-30T00:00:00.000Z",
            };
          },
        },
      },
    );
    assert.equal(one(run, "LaunchTemplate", "kafka-1").inputs.imageId, "ami-0abcdef12");
    assert.match(
      run.said.join("\n"),
      /^warn: imageId: ami-0abcdef12 is deprecated since 2026-08-30: .*pin a newer image/m,
    );
  });

  it("in an account where others run, or that has had no group yet: what that may mean is said", async () => {
    const run = await runProgram(
      {},
      {
        answers: {
          "aws:servicequotas/getServiceQuota:getServiceQuota": () => ({ value: 32 }),
          "aws:ec2/getInstances:getInstances": ({ instanceTags }: { instanceTags?: object }) => ({
            ids: Array.from({ length: instanceTags === undefined ? 29 : 9 }, (_, index) => `i-${index}`),
          }),
          "aws:iam/getRole:getRole": ({ name }: { name: string }) => {
            throw new Error(`reading IAM Role (${name}): couldn't find resource`);
          },
        },
      },
    );
    const said = run.said.join("\n");
    assert.match(said, /^warn: brokerCount: .* is 32, which 20 other instances share: .*VcpuLimitExceeded/m);
    assert.match(said, /^info: AWSServiceRoleForAutoScaling does not exist yet: .*iam:CreateServiceLinkedRole/m);
  });

  it("with a load that is too large, where that is allowed: the plan says so", async () => {
    const { outputs } = await runProgram({ workloadIngestMBps: 50, allowOverload: true });
    const { capacity } = outputs.plan as Plan;
    assert.ok(capacity.tightest.headroom < 0);
  });

  it("on a type that only EC2 knows: its facts are asked for, its price is not known", async () => {
    const asked: string[] = [];
    const { outputs, resources } = await runProgram(
      { brokerInstanceType: "m99g.xlarge" },
      {
        answers: {
          "aws:ec2/getInstanceType:getInstanceType": ({ instanceType }: { instanceType: string }) => {
            asked.push(instanceType);
            return {
              defaultVcpus: 4,
              memorySize: 16384,
              supportedArchitectures: ["x86_64"],
              networkCards: [{ baselineBandwidth: 2.5 }],
              ebsPerformanceBaselineBandwidth: 2000,
              ebsPerformanceBaselineIops: 8000,
              hypervisor: "nitro",
              bareMetal: false,
            };
          },
        },
      },
    );
    assert.deepEqual(asked, ["m99g.xlarge"]);
    const { capacity, cost } = outputs.plan as Plan;
    assert.equal(capacity.limits.network, 312.5);
    assert.equal(capacity.limits["instance EBS bandwidth"], 250);
    assert.match(cost.items[0]?.of ?? "", /5 × m99g\.xlarge, whose price is not known/);
    const templates = resources.filter(({ inputs }) => inputs.instanceType === "m99g.xlarge");
    assert.equal(templates.length, 5);
  });
});
