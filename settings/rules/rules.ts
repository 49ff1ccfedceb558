import { brokerRules } from "./brokerRules";
import type { Fault } from "../faults";
import { machineRules } from "./machineRules";
import { monitoringRules } from "./monitoringRules";
import { nameRules } from "./nameRules";
import { networkRules } from "./networkRules";
import type { SoundValues } from "./rule";
import { topicRules } from "./topicRules";

/** Every fault between keys, in the order in which an operator reads the configuration. */
export function ruleFaults(values: SoundValues): Fault[] {
  return [...nameRules, ...networkRules, ...brokerRules, ...machineRules, ...topicRules, ...monitoringRules].flatMap(
    (check) => check(values),
  );
}
