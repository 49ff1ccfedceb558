/**
 * What an application takes of this package, as `kafka-on-ec2/outputs`: the types of a stack's outputs, and how it
 * reads them, as JSON, from a file or from SSM Parameter Store. Nothing of Pulumi is loaded.
 */
export { clientOutputsFromFile, clientOutputsFromText } from "./read";
export { clientOutputsFromParameters } from "./parameters";
export { requireTopics } from "./topics";
export { readClientOutputs, readOutputs } from "../planning/cluster/outputs";
export type { BrokerOutput, ClientOutputs, DeployedPlan, StackOutputs, TopicOutput } from "../planning/cluster/outputs";
export type { ClientProperties } from "../planning/cluster/clientProperties";
