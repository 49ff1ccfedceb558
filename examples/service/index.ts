import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { readOutputs, requireTopics } from "kafka-on-ec2/outputs";

const config = new pulumi.Config();
const topic = config.get("topic") ?? "user-activity";
const subnetIds = config.requireObject<string[]>("subnetIds");

// The cluster's own stack, by its name: organization/project/stack.
const cluster = new pulumi.StackReference(config.require("clusterStack"));

// Its outputs as they should be. Where one of them or the topic is not there, this fails in the preview already.
const outputs = cluster.outputs.apply((all) => {
  try {
    const kafka = readOutputs(all);
    requireTopics(kafka, [topic]);
    return kafka;
  } catch (error) {
    // Shown without a stack trace.
    throw new pulumi.RunError((error as Error).message);
  }
});

const role = new aws.iam.Role("service", {
  assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ec2.amazonaws.com" }),
});
// The machines ask for the client settings themselves, at each start: newer ones need no other template.
const mayReadSettings = new aws.iam.RolePolicyAttachment("service", {
  role: role.name,
  policyArn: outputs.apply(({ readClientSettingsPolicyArn }) => readClientSettingsPolicyArn ?? ""),
});
const profile = new aws.iam.InstanceProfile("service", { role: role.name });

const template = new aws.ec2.LaunchTemplate("service", {
  imageId: outputs.imageId,
  instanceType: "t3.micro",
  iamInstanceProfile: { name: profile.name },
  // Lets them reach the brokers.
  vpcSecurityGroupIds: [outputs.clientSecurityGroupId],
  metadataOptions: { httpTokens: "required" },
  userData: pulumi.all([outputs, topic]).apply(([{ clientSettingsPath, region }, name]) =>
    Buffer.from(
      `#!/bin/sh
aws ssm get-parameter --region ${region} --name ${clientSettingsPath}/clientProperties/java/consumer \\
  --query Parameter.Value --output text >/etc/consumer.properties
# … and start what reads ${name} with it.
`,
    ).toString("base64"),
  ),
  updateDefaultVersion: true,
});
new aws.autoscaling.Group(
  "service",
  {
    minSize: 2,
    maxSize: 2,
    vpcZoneIdentifiers: subnetIds,
    launchTemplate: { id: template.id, version: pulumi.interpolate`${template.latestVersion}` },
    tags: [{ key: "Name", value: "service", propagateAtLaunch: true }],
  },
  { dependsOn: [mayReadSettings] },
);

export const bootstrapServers = outputs.bootstrapServers;
