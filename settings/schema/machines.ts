import { pattern } from "../fields";
import { instanceType } from "./kinds";
import { setting } from "./setting";

/** Settings of the ops host, and of what all machines have in common. */
export const machineSettings = {
  opsHostInstanceType: setting({
    place: "opsHost.instanceType",
    type: "text",
    default: "t3.micro",
    description: "EC2 instance type of the ops host; t3.micro is about $8 a month in us-east-1.",
    example: "t4g.micro",
    rule: instanceType("the ops host"),
  }),
  imageId: setting({
    place: "imageId",
    type: "text",
    default: "",
    description: "AMI of all instances. Empty = the newest Amazon Linux 2023 at each up; pin it in production.",
    example: "ami-0123456789abcdef0",
    rule: pattern(/^ami-[0-9a-f]{8,17}$/, "an image id such as ami-0123456789abcdef0", "the newest Amazon Linux 2023"),
  }),
  kmsKeyId: setting({
    place: "kmsKeyId",
    type: "text",
    default: "",
    description:
      "KMS key of all disks, by id, ARN or alias. Empty = the key that AWS makes for EBS, whatever the account's " +
      "default is. A volume keeps the key that it was made with.",
    example: "alias/kafka",
    rule: pattern(
      /^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+|alias\/[\w/-]+|(mrk-)?[0-9a-f]{8}[0-9a-f-]{24,28})$/,
      "a KMS key: its id, its ARN, or an alias such as alias/kafka",
      "the key that AWS makes for EBS",
    ),
  }),
  kafkaVersion: setting({
    place: "kafka.version",
    type: "text",
    default: "3.9.2",
    description: "Kafka version of the 3.9 line, the last one that works with ZooKeeper.",
    plain: true,
    rule: pattern(/^3\.9\.\d+$/, "a Kafka 3.9 version, the last line that works with ZooKeeper; give 3.9.2"),
  }),
};
