import { existsSync, readFileSync, readdirSync } from "node:fs";
import type { DesiredInterface, DesiredState } from "./desiredState";
import { KeptEqual } from "./keptEqual";
import {
  apiAddress,
  gatewayAddress,
  instanceNamespace,
  metadataAddress,
  mtu,
  operatorAddress,
  operatorInterface,
  publicCidr,
  regionInterface,
  regionNamespace,
  resolverAddress,
  routerPort,
  s3Address,
  s3PlainAddress,
} from "./names";
import { run } from "./processes";

/**
 * Pure layer 3: each instance has a point-to-point link to the region's router, which has one /32 route to it and a
 * black hole for the rest of the VPC: packets to a dead machine vanish, as on EC2, and are not refused.
 */

const namespaceFile = (name: string): string => `/run/netns/${name}`;

const namespaceExists = (name: string): boolean => existsSync(namespaceFile(name));

/** Whether this process's network namespace has an interface of this name. */
export function interfaceExists(name: string): boolean {
  return readFileSync("/proc/self/net/dev", "utf8")
    .split("\n")
    .some((line) => line.trimStart().startsWith(`${name}:`));
}

/** Names of all named network namespaces. */
export function listNamespaces(): readonly string[] {
  return existsSync("/run/netns") ? readdirSync("/run/netns") : [];
}

/** `ip -batch`: one process for many commands; it stops at the first that fails. */
function ipBatch(lines: readonly string[], namespace?: string): Promise<string> {
  return run("ip", [...(namespace ? ["-n", namespace] : []), "-batch", "-"], { input: lines.join("\n") + "\n" });
}

/** Sets kernel settings (`net/ipv4/ip_forward=1`, below /proc/sys) of a network namespace. */
function setInNamespace(namespace: string, settings: readonly string[]): Promise<string> {
  const script = 'for setting; do echo "${setting#*=}" > "/proc/sys/${setting%%=*}" || exit 1; done';
  return run("nsenter", [`--net=${namespaceFile(namespace)}`, "sh", "-c", script, "sh", ...settings]);
}

/**
 * Makes the region: its namespace, its addresses, and the link by which the operator reaches it. Run in the root
 * namespace.
 */
export async function createRegion(): Promise<void> {
  await run("ip", ["netns", "add", regionNamespace]);
  await setInNamespace(regionNamespace, [
    "net/ipv4/ip_forward=1",
    "net/ipv6/conf/all/disable_ipv6=1",
    "net/ipv6/conf/default/disable_ipv6=1",
    // Gratuitous answers for any local address on any port: the gateway and the services live on `lo`.
    "net/ipv4/conf/all/arp_ignore=0",
    // A packet must come in by the port that its source address is behind.
    "net/ipv4/conf/all/rp_filter=1",
    "net/ipv4/conf/default/rp_filter=1",
    "net/ipv4/conf/all/send_redirects=0",
    "net/ipv4/conf/default/send_redirects=0",
  ]);
  await ipBatch([
    `link add ${operatorInterface} mtu ${mtu} type veth peer name ${regionInterface} mtu ${mtu} netns ` +
      `${regionNamespace}`,
  ]);
  await ipBatch(
    [
      "link set lo up",
      ...[apiAddress, s3Address, s3PlainAddress, metadataAddress, resolverAddress, gatewayAddress].map(
        (address) => `addr add ${address}/32 dev lo`,
      ),
      `link set ${regionInterface} up`,
      `route add ${operatorAddress}/32 dev ${regionInterface} src ${apiAddress}`,
      // No way out: whatever has no route is dropped, as in a private subnet without a NAT gateway.
      "route add blackhole default metric 4000",
    ],
    regionNamespace,
  );
  await ipBatch([
    `addr add ${operatorAddress}/32 dev ${operatorInterface}`,
    `link set ${operatorInterface} up`,
    `route add ${apiAddress}/32 dev ${operatorInterface} src ${operatorAddress}`,
    `route add ${publicCidr} via ${apiAddress} dev ${operatorInterface} src ${operatorAddress}`,
  ]);
}

/** Makes an instance's namespace with its interface, and the route to it. Run inside the region. */
export async function connectInstance(instanceId: string, primary: DesiredInterface): Promise<void> {
  const namespace = instanceNamespace(instanceId);
  const port = routerPort(instanceId);
  await run("ip", ["netns", "add", namespace]);
  await setInNamespace(namespace, ["net/ipv6/conf/all/disable_ipv6=1", "net/ipv6/conf/default/disable_ipv6=1"]);
  await ipBatch([
    `link add ${port} mtu ${mtu} type veth peer name eth0 address ${primary.mac} mtu ${mtu} netns ${namespace}`,
    `link set ${port} up`,
    `route replace ${primary.privateIp}/32 dev ${port}`,
  ]);
  await ipBatch(
    [
      "link set lo up",
      `addr add ${primary.privateIp}/32 dev eth0`,
      "link set eth0 up",
      `route add default via ${gatewayAddress} dev eth0 onlink`,
    ],
    namespace,
  );
}

/** Removes an instance's link, route and namespace; what is gone already is no fault. */
export async function disconnectInstance(instanceId: string): Promise<void> {
  // With one end of the link the other goes, and with the link its route.
  await run("ip", ["link", "delete", routerPort(instanceId)]).catch(() => undefined);
  const namespace = instanceNamespace(instanceId);
  if (namespaceExists(namespace)) await run("ip", ["netns", "delete", namespace]);
}

/** Ranges that must be black holes: all ranges of the VPCs that are described or in use. */
export function vpcCidrs(desired: DesiredState): readonly string[] {
  const inUse = desired.instances.flatMap((instance) => instance.interfaces.flatMap((one) => one.vpcCidrs));
  return [...new Set([...desired.vpcs.flatMap((vpc) => vpc.cidrs), ...inUse])].sort();
}

/** The router's black holes, by range. */
export const blackHoles = (): KeptEqual =>
  new KeptEqual<unknown>(
    (cidr) => run("ip", ["route", "replace", "blackhole", cidr]),
    (cidr) => run("ip", ["route", "delete", "blackhole", cidr]),
  );

/** The addresses of interface endpoints: they are the region's own. */
export const endpointAddresses = (): KeptEqual =>
  new KeptEqual<unknown>(
    (address) => run("ip", ["addr", "replace", `${address}/32`, "dev", "lo"]),
    (address) => run("ip", ["addr", "delete", `${address}/32`, "dev", "lo"]),
  );
