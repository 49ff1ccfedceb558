import { readFileSync } from "node:fs";
import { z } from "zod";
import type { ClusterDescription } from "../planning/cluster/clusterDescription";

const node = z.object({
  id: z.number().int().positive(),
  name: z.string(),
  zone: z.string(),
  privateIp: z.string(),
  dnsName: z.string(),
  groupName: z.string(),
});

const schema: z.ZodType<ClusterDescription> = z.object({
  clusterName: z.string(),
  region: z.string(),
  bucket: z.string(),
  brokers: z.array(node).min(1),
  zookeeper: z.array(node).min(1),
  brokerAddresses: z.array(z.string()),
  adminAddresses: z.array(z.string()),
  brokerBytesPerSecond: z.number().positive(),
  replicationFactor: z.number().int().positive(),
  minInsyncReplicas: z.number().int().positive(),
  minimumRunning: z.number().int().positive(),
  guardian: z.object({ enabled: z.boolean(), dryRun: z.boolean(), patienceSeconds: z.number().positive() }),
  topics: z.array(
    z.object({
      name: z.string(),
      partitions: z.number().int().positive(),
      replicaAssignment: z.array(z.array(z.number().int())),
      config: z.record(z.string(), z.string()),
    }),
  ),
  handMadeLimits: z.record(z.string(), z.string()),
  monitored: z.boolean(),
  bill: z.object({
    standing: z.number(),
    traffic: z.number(),
    bytesPerSecond: z.number(),
    items: z.array(z.object({ item: z.string(), of: z.string(), usd: z.number() })),
    prices: z.string(),
  }),
  nodeUser: z.string(),
  nodeAccessKeyPath: z.string(),
});

/** Reads `cluster.json`. Throws an error that names the file and every fault in it. */
export function readClusterFile(path: string): ClusterDescription {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`cannot read the cluster description ${path}: ${(error as Error).message}`);
  }
  return parseCluster(text, path);
}

/**
 * The description in a text. Throws an error that names every fault in it.
 * @param source name of the text in error messages
 */
export function parseCluster(text: string, source: string): ClusterDescription {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${source} is not JSON: ${(error as Error).message}`);
  }
  const result = schema.safeParse(json);
  if (!result.success) throw new Error(`${source} is not a cluster description:\n${z.prettifyError(result.error)}`);
  return result.data;
}
