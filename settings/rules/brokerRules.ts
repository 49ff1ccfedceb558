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
  rule(["brokerConfig", "topics"], (entries, topics) => {
    const index = entries.findIndex((entry) => entry.startsWith("offsets.retention.minutes="));
    const minutes = Number(entries[index]?.split("=")[1]);
    const longest = [...topics].sort((a, b) => b.retentionHours - a.retentionHours)[0];
    if (longest === undefined || !(minutes < longest.retentionHours * 60)) return undefined;
    return {
      path: `brokerConfig[${index}]`,
      message:
        `offsets.retention.minutes=${minutes} is below the retentionHours ${longest.retentionHours} of ${longest.name}: a ` +
        `group would lose its place while there are events that it has not read; give ${longest.retentionHours * 60} or ` +
        "more, or remove the entry",
    };
  }),
  rule(["brokerConfig", "topics"], (entries, topics) => {
    const find = (key: string) => entries.findIndex((entry) => entry.startsWith(`${key}=`));
    const index = find("socket.request.max.bytes");
    const limit = Number(entries[index]?.split("=")[1]);
    const message = entries[find("message.max.bytes")]?.split("=")[1] ?? 0;
    const largest = Math.max(Number(message), ...topics.map(({ config }) => Number(config["max.message.bytes"] ?? 0)));
    if (!(limit < largest + 65_536)) return undefined;
    return {
      path: `brokerConfig[${index}]`,
      message:
        `socket.request.max.bytes=${limit} has no room for a batch of ${largest} bytes and what goes with it; give ` +
        `${largest + 65_536} or more, or remove the entry`,
    };
  }),
];
