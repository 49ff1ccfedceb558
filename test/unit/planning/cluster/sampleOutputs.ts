import { clientProperties } from "../../../../planning/cluster/clientProperties";
import type { StackOutputs } from "../../../../planning/cluster/outputs";
import { planCluster } from "../../../../planning/cluster/plan";
import { sampleSettings } from "../../settings/sampleSettings";

/** The outputs of a stack, with others in their place where they are given. */
export function sampleOutputs(others: Partial<StackOutputs> = {}): StackOutputs {
  return {
    bootstrapServers: "kafka-1.kafka.internal:9092,kafka-2.kafka.internal:9092",
    brokers: [{ id: 1, name: "kafka-1", zone: "us-east-1a", address: "kafka-1.kafka.internal:9092" }],
    zookeeperConnect: "zookeeper-1.kafka.internal:2181",
    topics: [{ name: "user-activity", partitions: 15, retentionHours: 168 }],
    clientSecurityGroupId: "sg-1",
    clientProperties: clientProperties(["kafka-1.kafka.internal:9092"], 15),
    opsHost: "ssh ec2-user@198.51.100.10",
    plan: planCluster(sampleSettings()),
    artifactBucket: "bucket",
    nodeSubnetIds: ["subnet-1"],
    imageId: "ami-1",
    clusterName: "kafka-test",
    region: "us-east-1",
    sshUser: "ec2-user",
    ...others,
  };
}
