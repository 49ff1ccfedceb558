import { cidrOf } from "./cidr";
import type { Fault } from "./faults";
import { instanceFacts } from "./instanceTypes";
import { layOutNetwork } from "./networkLayout";
import { didYouMean } from "./nearest";
import { reservedBrokerKeys, reservedTopicKeys } from "./reservedKeys";
import type { Values } from "./schema";
import { copiesLeftWithoutZone } from "./zoneSpread";

/** What is sound by itself; a key with a fault of its own is missing. */
export type SoundValues = { readonly [Key in keyof Values]?: Values[Key] } & { readonly region?: string };
type Known = Values & { readonly region: string };

type Rule = (values: SoundValues) => Fault[];

/** A rule over several keys; it is passed over when one of them has a fault of its own, which is told already. */
function rule<const Keys extends readonly (keyof Known)[]>(
  keys: Keys,
  check: (...values: { [Index in keyof Keys]: Known[Keys[Index]] }) => Fault | Fault[] | undefined,
): Rule {
  return (values) => {
    const inputs = keys.map((key) => values[key]);
    if (inputs.includes(undefined)) return [];
    const found = check(...(inputs as unknown as { [Index in keyof Keys]: Known[Keys[Index]] }));
    return found === undefined ? [] : Array.isArray(found) ? found : [found];
  };
}

/** Most of the internet is as bad as all of it. */
const anywherePrefix = 8;
/** gp3: throughput up to a quarter MiB/s per IOPS, IOPS up to 500 per GiB (3000 always). AWS, "General Purpose SSD volumes". */
const mibpsPerIops = 0.25;
const iopsPerGiB = 500;
const includedIops = 3000;
/** A disk is never planned fuller: segments end late, a repaired broker fetches its copies anew. */
const usableShareOfVolume = 0.9;

const rules: readonly Rule[] = [
  rule(["network.zones", "region"], (zones, region) =>
    zones.flatMap((zone, index) =>
      new RegExp(`^${region}[a-z]$`).test(zone)
        ? []
        : [
            {
              path: `network.zones[${index}]`,
              message: `"${zone}" is not a zone of aws:region ${region}; give zones such as ${region}a`,
            },
          ],
    ),
  ),
  rule(
    [
      "network.vpcCidr",
      "network.zones",
      "network.nodeSubnetCidrs",
      "network.opsSubnetCidr",
      "brokers.count",
      "zookeeper.count",
    ],
    (vpcCidr, zones, nodeSubnetCidrs, opsSubnetCidr, brokers, zookeeperNodes) =>
      layOutNetwork({ vpcCidr, zones, nodeSubnetCidrs, opsSubnetCidr, brokers, zookeeperNodes }).faults,
  ),
  rule(["access.sshCidrs", "access.allowAnywhere"], (cidrs, allowed) =>
    anywhereFaults("access.sshCidrs", cidrs, allowed),
  ),
  rule(["access.clientCidrs", "access.allowAnywhere"], (cidrs, allowed) =>
    anywhereFaults("access.clientCidrs", cidrs, allowed),
  ),
  rule(["access.sshPublicKey", "access.sshPrivateKey"], (publicKey, privateKey) => {
    if (publicKey && !privateKey) {
      return {
        path: "access.sshPrivateKey",
        message:
          "missing though access.sshPublicKey is given; the health gates log in with it: " +
          "pulumi config set --secret kafka-on-ec2:access.sshPrivateKey < KEYFILE, or give neither",
      };
    }
    if (privateKey && !publicKey) {
      return {
        path: "access.sshPublicKey",
        message: "missing though access.sshPrivateKey is given; give both or neither",
      };
    }
    return undefined;
  }),

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

  ...(["brokers", "zookeeper"] as const).flatMap((pool) => [
    rule([`${pool}.instanceType`, `${pool}.heapMiB`], (type, heapMiB) => {
      const { memoryMiB } = instanceFacts(type);
      return heapMiB > memoryMiB / 2
        ? {
            path: `${pool}.heapMiB`,
            message:
              `${heapMiB} is above half of the ${memoryMiB} MiB of ${pool}.instanceType ${type}; the rest is for the page cache: ` +
              `give ${memoryMiB / 2} or less, or 0 for automatic`,
          }
        : undefined;
    }),
    rule([`${pool}.instanceType`], (type) => {
      const { memoryMiB, nitro } = instanceFacts(type);
      const path = `${pool}.instanceType`;
      if (!nitro) {
        return {
          path,
          message: `${type} is not a Nitro type, its volumes have no stable device name; choose e.g. t3.micro`,
        };
      }
      return memoryMiB < smallestMemoryMiB
        ? {
            path,
            message: `${type} has ${memoryMiB} MiB of memory, ${smallestMemoryMiB} are needed; choose e.g. t3.micro`,
          }
        : undefined;
    }),
  ]),
  rule(["brokers.volumeIops", "brokers.volumeThroughputMiBps"], (iops, throughput) =>
    throughput > iops * mibpsPerIops
      ? {
          path: "brokers.volumeThroughputMiBps",
          message:
            `${throughput} is above 0.25 MiB/s for each of brokers.volumeIops ${iops}; ` +
            `give ${Math.floor(iops * mibpsPerIops)} or less, or ${Math.ceil(throughput / mibpsPerIops)} IOPS`,
        }
      : undefined,
  ),
  rule(["brokers.volumeIops", "brokers.volumeGiB"], (iops, gib) =>
    iops > Math.max(includedIops, gib * iopsPerGiB)
      ? {
          path: "brokers.volumeIops",
          message:
            `${iops} is above ${iopsPerGiB} IOPS for each GiB of brokers.volumeGiB ${gib}; ` +
            `give ${Math.max(includedIops, gib * iopsPerGiB)} or less, or a larger volume`,
        }
      : undefined,
  ),
  rule(
    ["image.id", "brokers.instanceType", "zookeeper.instanceType", "opsHost.instanceType"],
    (imageId, brokers, zookeeper, opsHost) => {
      if (imageId === "") return undefined;
      const uses = {
        "brokers.instanceType": brokers,
        "zookeeper.instanceType": zookeeper,
        "opsHost.instanceType": opsHost,
      };
      const architectures = new Set(Object.values(uses).map((type) => instanceFacts(type).architecture));
      if (architectures.size === 1) return undefined;
      const list = Object.entries(uses).map(([key, type]) => `${key} ${type} is ${instanceFacts(type).architecture}`);
      return {
        path: "image.id",
        message: `${imageId} can't start two architectures (${list.join(", ")}); choose types of one architecture, or leave image.id empty`,
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
  rule(["topics"], (topics) =>
    topics.flatMap((topic, index) => {
      // Kafka itself refuses names that differ only in '.' and '_': its metrics can't tell them apart.
      const canonical = (name: string): string => name.replaceAll(".", "_");
      const twin = topics.slice(0, index).find((earlier) => canonical(earlier.name) === canonical(topic.name));
      const duplicate = twin
        ? [
            {
              path: `topics[${index}].name`,
              message:
                twin.name === topic.name
                  ? `"${topic.name}" is there twice; name each topic once`
                  : `"${topic.name}" differs from "${twin.name}" only in '.' and '_', which Kafka refuses; rename one`,
            },
          ]
        : [];
      const reserved = Object.keys(topic.config).flatMap((key) => {
        const reason = reservedTopicKeys.get(key);
        return reason ? [{ path: `topics[${index}].config.${key}`, message: `decided by the program; ${reason}` }] : [];
      });
      return [...duplicate, ...reserved];
    }),
  ),
  rule(["topics", "brokers.replicationFactor", "brokers.minInsyncReplicas"], (topics, copies, minimum) =>
    topics.flatMap((topic, index) => {
      const value = topic.config["min.insync.replicas"];
      if (value === undefined || minimum >= copies) return [];
      const given = /^\d+$/.test(value) ? Number(value) : NaN;
      if (given >= minimum && given < copies) return [];
      return [
        {
          path: `topics[${index}].config.min.insync.replicas`,
          message:
            `${value} is not from brokers.minInsyncReplicas ${minimum} to ${copies - 1} (one below brokers.replicationFactor ${copies}); ` +
            `give such a number, or leave it out`,
        },
      ];
    }),
  ),
  rule(
    ["topics", "brokers.count", "brokers.replicationFactor", "brokers.volumeGiB"],
    (topics, count, copies, volumeGiB) => {
      const wanted = topics.reduce((sum, topic) => sum + (topic.retentionGiB ?? 0), 0) * copies;
      const usable = Math.floor(count * volumeGiB * usableShareOfVolume);
      if (wanted <= usable || copies > count) return undefined;
      return {
        path: "topics",
        message:
          `retentionGiB adds up to ${wanted} GiB with brokers.replicationFactor ${copies}, but brokers.count ${count} × ` +
          `brokers.volumeGiB ${volumeGiB} leave ${usable} GiB usable; keep less, or give larger volumes`,
      };
    },
  ),
];

/** Kafka and ZooKeeper with the smallest sensible heaps, the system, and a little page cache. */
const smallestMemoryMiB = 1024;

export function ruleFaults(values: SoundValues): Fault[] {
  return rules.flatMap((check) => check(values));
}

/** Adds "did you mean" for keys that are not settings. */
export function unknownKeyFault(key: string, known: readonly string[], where: string): Fault {
  const prefix = known.filter((candidate) => candidate.startsWith(`${key}.`));
  const hint = prefix.length > 0 ? `; write one dotted key each, e.g. ${prefix[0]}` : didYouMean(key, known);
  return { path: where, message: `unknown key${hint || "; see Pulumi.yaml for the keys"}` };
}

function anywhereFaults(path: string, cidrs: readonly string[], allowed: boolean): Fault[] {
  if (allowed) return [];
  return cidrs.flatMap((cidr, index) =>
    cidrOf(cidr).prefix < anywherePrefix
      ? [
          {
            path: `${path}[${index}]`,
            message: `${cidr} lets in the whole internet, or much of it; give a smaller block, or set access.allowAnywhere to true`,
          },
        ]
      : [],
  );
}
