/** The groups of the nested settings: the name of their type in settings/clusterArgs.ts, and what they are about. */
export const groups: Readonly<Record<string, { readonly type: string; readonly description: string }>> = {
  network: { type: "NetworkSettingsArgs", description: "Where the nodes are, and what leads there." },
  access: { type: "AccessSettingsArgs", description: "Who is let in, and how the ops host is reached." },
  brokers: { type: "BrokerSettingsArgs", description: "How many brokers and copies, and what a broker runs on." },
  workload: {
    type: "WorkloadSettingsArgs",
    description: "What the cluster is to carry; machines that can't are refused before anything is made.",
  },
  zookeeper: { type: "ZooKeeperSettingsArgs", description: "The ensemble by which the brokers find each other." },
  opsHost: { type: "OpsHostSettingsArgs", description: "The machine that holds the cluster's tools." },
  kafka: { type: "KafkaSettingsArgs", description: "Which Kafka the brokers run." },
  gates: { type: "GateSettingsArgs", description: "How an update makes sure of what it has made." },
  update: { type: "UpdateSettingsArgs", description: "How long an update goes on." },
  roll: { type: "RollSettingsArgs", description: "How nodes are replaced one after the other." },
  guardian: {
    type: "GuardianSettingsArgs",
    description: "The service on the ops host that has a node replaced when it stays out.",
  },
  monitoring: {
    type: "MonitoringSettingsArgs",
    description: "Who is told when something is wrong, and what is kept for looking back.",
  },
};
