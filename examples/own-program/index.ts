import * as pulumi from "@pulumi/pulumi";
import { KafkaCluster } from "kafka-on-ec2";
import { makeService } from "./service";
import { makeVpc } from "./vpc";

const config = new pulumi.Config();
const zones = config.requireObject<string[]>("zones");

// The company's own network, which Kafka is to share with everything else.
const vpc = makeVpc("app", { cidrBlock: "172.16.0.0/16", zones });

const kafka = new KafkaCluster("events", {
  network: { zones, vpcId: vpc.vpcId, subnetIds: vpc.privateSubnetIds, opsSubnetId: vpc.publicSubnetId },
  access: { sshCidrs: config.requireObject<string[]>("sshCidrs") },
  brokers: { count: 3, replicationFactor: 3, minimumRunning: 2, instanceType: "t3.micro", volumeGiB: 10 },
  zookeeper: { instanceType: "t3.micro", heapMiB: 256 },
  topics: [{ name: "user-activity", partitions: 6, retentionHours: 24, retentionGiB: 2 }],
  workload: { ingestMBps: 0.5, databaseDownHours: 1 },
  tags: { team: "data" },
  dataProtection: config.getBoolean("dataProtection"),
});

// Starts when the cluster is ready and has its topics: its user data holds the bootstrap servers.
makeService("counter", {
  cluster: kafka,
  subnetIds: vpc.privateSubnetIds,
  bundle: new pulumi.asset.FileAsset("../consumer/dist/consumer.js"),
});

export const bootstrapServers = kafka.bootstrapServers;
export const clientSecurityGroupId = kafka.clientSecurityGroupId;
