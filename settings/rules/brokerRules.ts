import { reservedBrokerKeys } from "../reservedKeys";
import { rule, type Rule } from "./rule";
import { copiesLeftWithoutZone } from "../zoneSpread";

/** How many brokers, how many copies, and what else goes into server.properties. */
export const brokerRules: readonly Rule[] = [
  rule(["brokers.count", "brokers.minimumRunning"], (count, minimum) =>
    count < minimum
      ? {
          path: "brokers.count",
          message: `${count} is below brokers.minimumRunning ${minimum}; give ${minimum} or more brokers, or lower the minimum`,
        }
      : undefined,
  ),
  rule(["brokers.count", "brokers.replicationFactor"], (count, copies) =>
    copies > count
      ? {
          path: "brokers.replicationFactor",
          message: `${copies} is above brokers.count ${count}; each copy needs a broker of its own: give ${count} or less, or more brokers`,
        }
      : undefined,
  ),
  rule(["brokers.replicationFactor", "brokers.minInsyncReplicas"], (copies, minimum) =>
    minimum >= copies
      ? {
          path: "brokers.minInsyncReplicas",
          message:
            `${minimum} is not below brokers.replicationFactor ${copies}; one broker lost, or restarted, would stop all writes: ` +
            `give ${copies - 1} or less`,
        }
      : undefined,
  ),
  rule(["brokers.minimumRunning", "brokers.minInsyncReplicas"], (running, minimum) =>
    running < minimum
      ? {
          path: "brokers.minimumRunning",
          message: `${running} is below brokers.minInsyncReplicas ${minimum}; with so few brokers nothing can be written: give ${minimum} or more`,
        }
      : undefined,
  ),
  rule(
    ["network.zones", "brokers.count", "brokers.replicationFactor", "brokers.minInsyncReplicas"],
    (zones, count, copies, minimum) => {
      const left = copiesLeftWithoutZone(zones, count, copies);
      if (copies > count || minimum >= copies || left >= minimum) return undefined;
      return {
        path: "brokers.minInsyncReplicas",
        message:
          `${minimum} of brokers.replicationFactor ${copies} copies on brokers.count ${count} brokers in ${zones.length} network.zones ` +
          `do not survive the loss of a zone, which leaves ${left}; give ${left} or less, or more copies`,
      };
    },
  ),
  rule(["brokers.config"], (entries) => {
    const keys = entries.map((entry) => entry.split("=", 1)[0] ?? "");
    return keys.flatMap((key, index) => {
      const path = `brokers.config[${index}]`;
      const reason = reservedBrokerKeys.get(key);
      if (reason) return [{ path, message: `"${key}" is decided by the program (${reason}); remove the entry` }];
      if (keys.indexOf(key) !== index) return [{ path, message: `"${key}" is there twice; keep one` }];
      return [];
    });
  }),
];
