/** Which alert says what another one says too: one fault is to give one message. */

/** While one of these fires, those are not sent. */
export interface Inhibition {
  readonly while: readonly string[];
  readonly mute: readonly string[];
  /** Labels in which both have to agree; none: any. */
  readonly equal?: readonly string[];
}

/** Alerts of one broker or its disk: what is said with less detail of brokers that are out. */
const ofOneNode = [
  "NodeOut",
  "MetricsSilent",
  "BrokerUnstable",
  "BrokerPartDead",
  "BrokerBusy",
  "BrokerNearLimit",
  "ZooKeeperSlow",
];
/** What follows when brokers are missing. */
const ofMissingBrokers = ["NodeOut", "CopiesBehind", "InterruptionTooLong", "GuardianHasConcerns"];

/** All of them: the cause, or what matters more, mutes what follows from it. */
export const inhibitions: readonly Inhibition[] = [
  {
    while: ["OpsHostSeesNothing"],
    mute: [
      ...["WritesStopped", "ReadsStopped", "InterruptionTooLong", "NoBrokerToSpare", "ZooKeeperQuorumAtRisk"],
      ...["ZooKeeperQuorumLost", "NodeNeedsPerson", "GuardianNotWorking", "GuardianHasConcerns", "CanarySilent"],
      ...["AlertsNotSent", ...ofOneNode],
    ],
  },
  {
    while: ["ZooKeeperQuorumLost"],
    mute: [
      ...["NoController", "BrokersBelowMinimum", "NoBrokerToSpare", "ZooKeeperQuorumAtRisk", "GuardianNotWorking"],
      ...["ZooKeeperSlow", ...ofMissingBrokers],
    ],
  },
  {
    while: ["WritingStopped"],
    mute: [
      ...["DiskNearlyFull", "DiskFillsSoon", "BrokersBelowMinimum", "NoBrokerToSpare", "PartitionsUnwritable"],
      ...["WritesStopped", "ReadsStopped", ...ofMissingBrokers],
    ],
  },
  { while: ["DiskNearlyFull"], mute: ["DiskFillsSoon", "NodeOut", "MetricsSilent", "BrokerUnstable"], equal: ["node"] },
  { while: ["DiskNearlyFull"], mute: ["GuardianHasConcerns", "CopiesBehind"] },
  {
    while: ["BrokersBelowMinimum"],
    mute: ["NoBrokerToSpare", "PartitionsUnwritable", "WritesStopped", "ReadsStopped", ...ofMissingBrokers],
  },
  { while: ["PartitionsUnwritable", "NoController"], mute: ["WritesStopped", "ReadsStopped"] },
  { while: ["PartitionsUnwritable", "NoBrokerToSpare"], mute: ofMissingBrokers },
  { while: ["WritesStopped"], mute: ["ReadsStopped", "InterruptionTooLong"] },
  { while: ["NodeNeedsPerson"], mute: [...ofOneNode, "ZooKeeperQuorumAtRisk"], equal: ["node"] },
  { while: ["NodeNeedsPerson", "NodeOut"], mute: ["CopiesBehind"] },
  {
    while: ["NodeOut", "ZooKeeperQuorumAtRisk"],
    mute: [...ofOneNode.filter((name) => name !== "NodeOut")],
    equal: ["node"],
  },
  { while: ["UnreadEventsDeletedSoon"], mute: ["GroupFarBehind"], equal: ["group", "topic"] },
];
