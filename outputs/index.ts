/**
 * What an application takes of this package, as `kafka-on-ec2/outputs`: the types of a stack's outputs, and how it
 * reads them, as JSON, from a file or from SSM Parameter Store; and what keeps its traffic in its own zone. Nothing of
 * Pulumi is loaded.
 */
export { clientOutputsFromFile, clientOutputsFromText } from "./read";
export { clientOutputsFromParameters } from "./parameters";
export { requireTopics } from "./topics";
export { zoneOfThisMachine } from "../examples/consumer/zone";
export { zonePartitioner, type ZonePartitionerOptions } from "../examples/consumer/zonePartitioner";
export { readClientOutputs, readOutputs } from "../planning/cluster/outputs";
export type {
  BrokerOutput,
  BrokerZone,
  ClientOutputs,
  DeployedPlan,
  StackOutputs,
  TopicOutput,
} from "../planning/cluster/outputs";
export type { ClientProperties } from "../planning/cluster/clientProperties";
