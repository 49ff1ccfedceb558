import { rule, type Rule } from "./rule";

/** Regions of AWS's other partitions: China, GovCloud, and those for secrets. */
const otherPartition = /^(cn|us-gov|us-iso\w*|eu-iso\w*)-/;

/** The beginnings that a name may not have, and who says so. */
const reservedBeginnings: readonly (readonly [RegExp, string])[] = [
  // "About requirements and constraints for parameter names"
  [/^(aws|ssm)/, "Parameter Store keeps names that begin so"],
  // CreateSecurityGroup
  [/^sg-/, "no name of a security group may begin so"],
  // "General purpose bucket naming rules"; names end in eight hexadecimal digits, so that no ending is reserved.
  [/^(xn--|sthree-|amzn-s3-demo-)/, "no name of a bucket may begin so"],
];

/**
 * What the addresses of all brokers may take in a parameter of SSM, which has 8,192 bytes: the longest of them holds a
 * client's other settings too (planning/cluster/clientParameters.ts). An address is `"kafka-90.<domain>:9092",`.
 */
const mostAddressBytes = 7000;

/** Rules of AWS itself: its partitions, and the names that are its own. */
export const nameRules: readonly Rule[] = [
  rule(["region"], (region) =>
    otherPartition.test(region)
      ? {
          path: "aws:region",
          message:
            `${region} is not in the partition "aws": its services have other names (amazonaws.com.cn, arn:aws-cn), ` +
            "which this program does not know; choose a commercial region",
        }
      : undefined,
  ),
  rule(["clusterName"], (name) =>
    reservedBeginnings
      .filter(([beginning]) => beginning.test(name))
      .map(([beginning, why]) => ({
        path: "clusterName",
        message:
          `"${name}" begins with "${beginning.exec(name)?.[0]}": ${why}, and what the program makes is named after ` +
          "it; choose another",
      })),
  ),
  rule(["clusterName"], (name) =>
    name === "kafka-on-ec2"
      ? {
          path: "clusterName",
          message:
            `"${name}" is taken: in Parameter Store the settings for clients of all clusters are below /${name}/, and ` +
            "so would be this one's keys; choose another",
        }
      : undefined,
  ),
  rule(["brokerCount", "dnsDomain"], (brokers, domain) => {
    const longest = Math.floor(mostAddressBytes / brokers) - 17;
    return domain.length > longest
      ? {
          path: "dnsDomain",
          message:
            `"${domain}" has ${domain.length} characters; with ${brokers} brokers ${longest} fit, as a parameter of ` +
            "SSM holds the addresses of all of them; choose a shorter one",
        }
      : undefined;
  }),
];
