import { brokerConfigProblem } from "./kafkaConfig";
import { rule, type Rule } from "./rule";
import { copiesLeftWithoutZone } from "../zoneSpread";

/** Rules about the numbers of brokers and copies, and what else goes into server.properties. */
export const brokerRules: readonly Rule[] = [
  rule(["brokerCount", "brokerMinimumRunning"], (count, minimum) =>
    count < minimum
      ? {
          path: "brokerCount",
          message:
            `${count} is below brokerMinimumRunning ${minimum}; give ${minimum} or more brokers, or ` +
            "lower the minimum",
        }
      : undefined,
  ),
  rule(["brokerCount", "replicationFactor"], (count, copies) =>
    copies > count
      ? {
          path: "replicationFactor",
          message:
            `${copies} is above brokerCount ${count}; each copy needs a broker of its own: give ${count} or less, ` +
            "or more brokers",
        }
      : undefined,
  ),
  rule(["replicationFactor", "minInsyncReplicas"], (copies, minimum) =>
    minimum >= copies
      ? {
          path: "minInsyncReplicas",
          message:
            `${minimum} is not below replicationFactor ${copies}; one broker lost, or restarted, would stop all ` +
            `writes: give ${copies - 1} or less`,
        }
      : undefined,
  ),
  rule(["brokerMinimumRunning", "minInsyncReplicas"], (running, minimum) =>
    running < minimum
      ? {
          path: "brokerMinimumRunning",
          message:
            `${running} is below minInsyncReplicas ${minimum}; with so few brokers nothing can be written: give ` +
            `${minimum} or more`,
        }
      : undefined,
  ),
  rule(
    ["availabilityZones", "brokerCount", "replicationFactor", "minInsyncReplicas"],
    (zones, count, copies, minimum) => {
      const left = copiesLeftWithoutZone(zones, count, copies);
      if (copies > count || minimum >= copies || left >= minimum) return undefined;
      return {
        path: "minInsyncReplicas",
        message:
          `${minimum} of replicationFactor ${copies} copies on brokerCount ${count} brokers in ${zones.length} ` +
          `availabilityZones do not survive the loss of a zone, which leaves ${left}; give ${left} or less, or more ` +
          "copies",
      };
    },
  ),
  rule(["brokerConfig"], (entries) => {
    const keys = entries.map((entry) => entry.split("=", 1)[0] ?? "");
    return entries.flatMap((entry, index) => {
      const key = keys[index] ?? "";
      const message =
        brokerConfigProblem(key, entry.slice(key.length + 1)) ??
        (keys.indexOf(key) === index ? undefined : `"${key}" is there twice; keep one`);
      return message === undefined ? [] : [{ path: `brokerConfig[${index}]`, message }];
    });
  }),
];
