import type { DesiredInstance } from "./desiredState";

/**
 * What the instance metadata service tells an instance about itself, as a tree: a text is a document, a map is a
 * folder. Pure; the paths and spellings are those of EC2's "instance metadata categories".
 */
export type MetadataNode = string | MetadataFolder;
export type MetadataFolder = { readonly [name: string]: MetadataNode };

/** Temporary credentials of the instance's role. */
export interface RoleCredentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  /** ISO 8601. */
  readonly Expiration: string;
}

export interface MetadataContext {
  readonly region: string;
  readonly accountId: string;
  /** Undefined while the instance has no role, or the emulator gave none. */
  readonly credentials?: RoleCredentials;
  /** When the credentials were handed out, ISO 8601. */
  readonly lastUpdated: string;
}

/** Versions of the metadata service besides `latest`. The list is what cloud-init asks for, newest last. */
export const metadataVersions = ["2009-04-04", "2016-09-02", "2018-09-24", "2021-03-23", "latest"] as const;

/** us-east-1a -> use1-az1: real ids differ by account; these are as good as any. */
function zoneId(zone: string): string {
  const parts = /^([a-z]+)-([a-z]+)-(\d)([a-z])$/.exec(zone);
  if (!parts) return zone;
  const [, area, direction, number, letter] = parts as unknown as [string, string, string, string, string];
  const short = direction.replace(/north|south/, (word) => word[0] ?? "").replace(/east|west/, (word) => word[0] ?? "");
  return `${area}${short.replace("central", "c")}${number}-az${letter.charCodeAt(0) - "a".charCodeAt(0) + 1}`;
}

/** Leaves out what is undefined. */
function folder(entries: Record<string, MetadataNode | undefined>): MetadataFolder {
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, MetadataNode] => entry[1] !== undefined),
  );
}

/** The tree below `/latest`. */
export function metadataTree(instance: DesiredInstance, context: MetadataContext): MetadataFolder {
  const interfaces = [...instance.interfaces].sort((left, right) => left.deviceIndex - right.deviceIndex);
  const primary = interfaces[0];
  const publicName = (address: string): string => `ec2-${address.replaceAll(".", "-")}.compute-1.amazonaws.com`;

  const macs = interfaces.map((one): [string, MetadataFolder] => [
    one.mac,
    folder({
      "device-number": String(one.deviceIndex),
      "interface-id": one.id,
      "ipv4-associations": one.publicIp === null ? undefined : { [one.publicIp]: one.privateIp },
      "local-hostname": one.privateDnsName,
      "local-ipv4s": one.privateIp,
      mac: one.mac,
      "owner-id": context.accountId,
      "public-hostname": one.publicIp === null ? undefined : publicName(one.publicIp),
      "public-ipv4s": one.publicIp ?? undefined,
      "security-group-ids": one.securityGroupIds.join("\n"),
      "security-groups": one.securityGroupIds.join("\n"),
      "subnet-id": one.subnetId,
      "subnet-ipv4-cidr-block": one.subnetCidr,
      "vpc-id": one.vpcId,
      "vpc-ipv4-cidr-block": one.vpcCidrs[0] ?? one.subnetCidr,
      "vpc-ipv4-cidr-blocks": one.vpcCidrs.join("\n"),
    }),
  ]);

  const credentials =
    context.credentials &&
    JSON.stringify(
      {
        Code: "Success",
        LastUpdated: context.lastUpdated,
        Type: "AWS-HMAC",
        AccessKeyId: context.credentials.AccessKeyId,
        SecretAccessKey: context.credentials.SecretAccessKey,
        Token: context.credentials.Token,
        Expiration: context.credentials.Expiration,
      },
      null,
      2,
    );

  const identity = {
    accountId: context.accountId,
    architecture: instance.architecture,
    availabilityZone: instance.zone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: instance.imageId,
    instanceId: instance.id,
    instanceType: instance.instanceType,
    kernelId: null,
    pendingTime: instance.launchTime,
    privateIp: primary?.privateIp ?? null,
    ramdiskId: null,
    region: context.region,
    version: "2017-09-30",
  };

  const metadata = folder({
    "ami-id": instance.imageId,
    "ami-launch-index": String(instance.launchIndex),
    "ami-manifest-path": "(unknown)",
    hostname: primary?.privateDnsName,
    iam:
      instance.roleName === null
        ? undefined
        : folder({
            info: JSON.stringify(
              {
                Code: "Success",
                LastUpdated: context.lastUpdated,
                InstanceProfileArn: instance.profileArn,
                InstanceProfileId: instance.profileId,
              },
              null,
              2,
            ),
            "security-credentials": credentials === undefined ? {} : { [instance.roleName]: credentials },
          }),
    "instance-action": "none",
    "instance-id": instance.id,
    "instance-life-cycle": "on-demand",
    "instance-type": instance.instanceType,
    "local-hostname": primary?.privateDnsName,
    "local-ipv4": primary?.privateIp,
    mac: primary?.mac,
    network: { interfaces: { macs: Object.fromEntries(macs) } },
    placement: {
      "availability-zone": instance.zone,
      "availability-zone-id": zoneId(instance.zone),
      region: context.region,
    },
    profile: "default-hvm",
    "public-hostname": primary?.publicIp ? publicName(primary.publicIp) : undefined,
    "public-ipv4": primary?.publicIp ?? undefined,
    "public-keys":
      instance.publicKey === null
        ? undefined
        : { [`0=${instance.keyName ?? "key"}`]: { "openssh-key": instance.publicKey.trim() } },
    "reservation-id": instance.reservationId,
    "security-groups": primary?.securityGroupIds.join("\n"),
    services: { domain: "amazonaws.com", partition: "aws" },
    tags: instance.metadataOptions.instanceTags === "enabled" ? { instance: instance.tags } : undefined,
  });

  return folder({
    dynamic: { "instance-identity": { document: JSON.stringify(identity, null, 2) } },
    "meta-data": metadata,
    "user-data": instance.userData ?? undefined,
  });
}

/** A listing of a folder, as the service words it: sub-folders with a slash; keys as `0=name`. */
function listing(node: MetadataFolder): string {
  return Object.keys(node)
    .sort()
    .map((name) => (typeof node[name] === "string" || /^\d+=/.test(name) ? name : `${name}/`))
    .join("\n");
}

/** The answer to a path below the version (`meta-data/local-ipv4`), or undefined: not found. */
export function lookUp(tree: MetadataFolder, path: string): string | undefined {
  let node: MetadataNode = tree;
  for (const part of path.split("/").filter(Boolean)) {
    if (typeof node === "string") return undefined;
    // Tag keys and roles may be any text; a public key is listed as `0=name` and fetched as `0`.
    const children: MetadataFolder = node;
    const name: string | undefined =
      part in children ? part : Object.keys(children).find((key) => key.startsWith(`${part}=`));
    const next: MetadataNode | undefined = name === undefined ? undefined : children[name];
    if (next === undefined) return undefined;
    node = next;
  }
  return typeof node === "string" ? node : listing(node);
}
