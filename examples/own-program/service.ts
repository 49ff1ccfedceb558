import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { KafkaCluster } from "kafka-on-ec2";

const trust = aws.iam.assumeRolePolicyForPrincipal({ Service: "ec2.amazonaws.com" });

/** Two machines in a group that run one program, which reads from the cluster (examples/consumer). */
export function makeService(
  name: string,
  args: { cluster: KafkaCluster; subnetIds: pulumi.Input<string[]>; bundle: pulumi.asset.Asset },
) {
  const { cluster } = args;
  const bucket = new aws.s3.Bucket(name, { forceDestroy: true });
  const program = new aws.s3.BucketObjectv2(name, { bucket: bucket.id, key: "consumer.js", source: args.bundle });
  const role = new aws.iam.Role(name, { assumeRolePolicy: trust });
  const mayRead = new aws.iam.RolePolicy(name, {
    role: role.name,
    policy: pulumi.jsonStringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: pulumi.interpolate`${bucket.arn}/*` }],
    }),
  });
  const profile = new aws.iam.InstanceProfile(name, { role: role.name });

  const { bootstrapServers, clientProperties } = cluster;
  const userData = pulumi
    .all([bucket.id, pulumi.jsonStringify({ bootstrapServers, clientProperties, topics: [] })])
    .apply(([bucketName, outputs]) => cloudConfig(name, bucketName, outputs));
  const template = new aws.ec2.LaunchTemplate(name, {
    imageId: cluster.imageId,
    instanceType: "t3.micro",
    iamInstanceProfile: { name: profile.name },
    vpcSecurityGroupIds: [cluster.clientSecurityGroupId],
    metadataOptions: { httpTokens: "required" },
    userData: userData.apply((text) => Buffer.from(text).toString("base64")),
    updateDefaultVersion: true,
  });
  return new aws.autoscaling.Group(
    name,
    {
      minSize: 2,
      maxSize: 2,
      vpcZoneIdentifiers: args.subnetIds,
      launchTemplate: { id: template.id, version: pulumi.interpolate`${template.latestVersion}` },
      tags: [{ key: "Name", value: name, propagateAtLaunch: true }],
    },
    { dependsOn: [program, mayRead] },
  );
}

/** Fetches the program and has systemd run it. */
function cloudConfig(name: string, bucket: string, outputs: string): string {
  const unit = `[Unit]
Description=Reads events from Kafka
[Service]
Environment=STACK_OUTPUTS_FILE=/opt/${name}/outputs.json
ExecStart=/usr/bin/node-22 /opt/${name}/consumer.js
Restart=always
StandardOutput=journal+console
`;
  const config = {
    write_files: [
      { path: `/opt/${name}/outputs.json`, content: outputs },
      { path: `/etc/systemd/system/${name}.service`, content: unit },
    ],
    runcmd: [
      "command -v node-22 || dnf install --assumeyes nodejs22",
      `aws s3 cp s3://${bucket}/consumer.js /opt/${name}/consumer.js`,
      `systemctl start ${name}`,
    ],
  };
  // JSON is YAML.
  return `#cloud-config\n${JSON.stringify(config)}\n`;
}
