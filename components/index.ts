/** What other Pulumi programs take: the whole cluster, its parts, and the types of their arguments and outputs. */
export { ArtifactStore, type ArtifactStoreArgs } from "./artifactStore";
export { ClientSettings, type ClientSettingsArgs } from "./clientSettings";
export type { ClusterIdentity } from "./clusterIdentity";
export { KafkaBrokerPool, type KafkaBrokerPoolArgs } from "./kafkaBrokerPool";
export { KafkaCluster, type KafkaClusterArgs } from "./kafkaCluster";
export { Network, type NetworkArgs } from "./network";
export type { NodePoolArgs } from "./nodePool";
export { OpsHost, type OpsHostArgs } from "./opsHost";
export { StatefulNode, type StatefulNodeArgs } from "./statefulNode";
export { Topics, type TopicsArgs } from "./topics";
export { ZooKeeperEnsemble, type ZooKeeperEnsembleArgs } from "./zooKeeperEnsemble";
export type * from "../settings/clusterArgs";
export type { ClientProperties } from "../planning/cluster/clientProperties";
export type { BrokerOutput, BrokerZone, ClientOutputs, TopicOutput } from "../planning/cluster/outputs";
export type { Plan } from "../planning/cluster/plan";
