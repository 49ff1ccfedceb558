import { z } from "zod";

/**
 * What the emulator says should exist: the document of `GET /_emulator/desired`. Checked on arrival, so that a
 * disagreement between the two sides is an error with a path, not a strange network.
 */

const interfaceSchema = z.object({
  id: z.string(),
  deviceIndex: z.number(),
  mac: z.string(),
  privateIp: z.string(),
  subnetId: z.string(),
  subnetCidr: z.string(),
  vpcId: z.string(),
  vpcCidrs: z.array(z.string()),
  securityGroupIds: z.array(z.string()),
  publicIp: z.string().nullable(),
  privateDnsName: z.string(),
  /** The routes of its subnet, without the VPC's own. */
  routes: z.array(z.object({ destinations: z.array(z.string()), target: z.string() })),
});

const instanceSchema = z.object({
  id: z.string().regex(/^i-[0-9a-f]{8,17}$/),
  wanted: z.enum(["running", "stopped", "gone"]),
  /** Counts up on RebootInstances and StartInstances. */
  boot: z.number(),
  imageId: z.string(),
  instanceType: z.string(),
  memoryMiB: z.number().nullable(),
  architecture: z.string(),
  zone: z.string(),
  launchTime: z.string(),
  reservationId: z.string(),
  launchIndex: z.number(),
  /** Base64. */
  userData: z.string().nullable(),
  keyName: z.string().nullable(),
  publicKey: z.string().nullable(),
  profileArn: z.string().nullable(),
  profileId: z.string().nullable(),
  roleName: z.string().nullable(),
  metadataOptions: z.object({
    httpEndpoint: z.string(),
    httpTokens: z.string(),
    hopLimit: z.number(),
    instanceTags: z.string(),
  }),
  shutdownBehavior: z.enum(["stop", "terminate"]),
  interfaces: z.array(interfaceSchema),
  tags: z.record(z.string(), z.string()),
});

const volumeSchema = z.object({
  id: z.string().regex(/^vol-[0-9a-f]{8,17}$/),
  sizeGiB: z.number(),
  state: z.string(),
  attachment: z
    .object({
      instanceId: z.string(),
      device: z.string(),
      state: z.enum(["attaching", "attached", "detaching"]),
    })
    .nullable(),
});

const ruleSchema = z.object({
  /** tcp, udp, icmp, a protocol number, or -1 for all. */
  protocol: z.string(),
  fromPort: z.number().nullable(),
  toPort: z.number().nullable(),
  cidrs: z.array(z.string()),
  groupIds: z.array(z.string()),
});

const securityGroupSchema = z.object({
  id: z.string(),
  name: z.string(),
  vpcId: z.string().nullable(),
  ingress: z.array(ruleSchema),
  egress: z.array(ruleSchema),
});

const recordSchema = z.object({
  name: z.string(),
  type: z.string(),
  ttl: z.number().nullable(),
  values: z.array(z.string()),
});

export const desiredStateSchema = z.object({
  generation: z.number(),
  region: z.string(),
  accountId: z.string(),
  instances: z.array(instanceSchema),
  volumes: z.array(volumeSchema),
  vpcs: z.array(z.object({ id: z.string(), cidrs: z.array(z.string()) })),
  securityGroups: z.array(securityGroupSchema),
  /** Interface endpoints. */
  endpoints: z.array(
    z.object({
      id: z.string(),
      vpcId: z.string(),
      vpcCidrs: z.array(z.string()),
      /** Its own names, and with private DNS the service's. */
      names: z.array(z.string()),
      addresses: z.array(z.string()),
      securityGroupIds: z.array(z.string()),
    }),
  ),
  dns: z.array(z.object({ zone: z.string(), vpcIds: z.array(z.string()), records: z.array(recordSchema) })),
});

export type DesiredState = z.infer<typeof desiredStateSchema>;
export type DesiredInstance = z.infer<typeof instanceSchema>;
export type DesiredInterface = z.infer<typeof interfaceSchema>;
export type DesiredVolume = z.infer<typeof volumeSchema>;
export type SecurityGroup = z.infer<typeof securityGroupSchema>;
export type SecurityGroupRule = z.infer<typeof ruleSchema>;

/** Reads the emulator's document. @throws Error that names every wrong field. */
export function parseDesiredState(document: unknown): DesiredState {
  const result = desiredStateSchema.safeParse(document);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`the emulator's description of the region is not understood: ${faults.join("; ")}`);
  }
  return result.data;
}

/** The interface at device index 0: the one the lab gives to the instance. */
export function primaryInterface(instance: DesiredInstance): DesiredInterface | undefined {
  return instance.interfaces.find((candidate) => candidate.deviceIndex === 0);
}
