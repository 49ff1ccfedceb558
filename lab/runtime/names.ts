/**
 * Fixed names and addresses of the lab. Link-local addresses and TEST-NET-2 (RFC 5737) are used, because no
 * real network has them.
 */

/** The network namespace that stands for "the region": API, metadata service, DNS, and the router between instances. */
export const regionNamespace = "kafka-lab";

/** Interface of the machine's root namespace that leads to the lab, and its peer inside the region. */
export const operatorInterface = "kafka-lab0";
export const regionInterface = "operator0";

/** "Public" addresses of the lab; the first is the region's own, the last the operator's. */
export const publicCidr = "198.51.100.0/24";
export const apiAddress = "198.51.100.1";
export const operatorAddress = "198.51.100.254";
export const apiPort = 4566;
export const apiEndpoint = `http://${apiAddress}:${apiPort}`;

/** AWS's public addresses, as far as the lab has them: all services but S3 are at the region's own address, by TLS. */
export const tlsPort = 443;
export const s3Address = "198.51.100.4";
/**
 * S3 once more, without TLS: for the operator, whose client knows nothing of the lab's certificate, and so for the URLs
 * that it presigns.
 */
export const s3PlainAddress = "198.51.100.5";
export const s3Endpoint = `http://${s3PlainAddress}:${tlsPort}`;

/** Where the emulator listens, inside the region only. */
export const emulatorAddress = "127.0.0.1";
export const emulatorPort = 4500;

/** The instance metadata service and the VPC's resolver, as on EC2. */
export const metadataAddress = "169.254.169.254";
export const resolverAddress = "169.254.169.253";

/** Every instance's default gateway: one address on all router ports, since each port is a point-to-point link. */
export const gatewayAddress = "169.254.1.1";

/** EC2's MTU inside a VPC. */
export const mtu = 9001;

/** Folder below each cgroup hierarchy that holds all of the lab's processes. */
export const cgroupName = "kafka-on-ec2-lab";

/** The one place on a machine that says whose lab is up. In /run: a reboot of the machine ends a lab. */
export const machineMarker = "/run/kafka-on-ec2-lab.json";

/** The network namespace of an instance. */
export const instanceNamespace = (instanceId: string): string => instanceId;

/** Whether a network namespace is that of a lab instance. */
export const isInstanceNamespace = (name: string): boolean => /^i-[0-9a-f]{8,17}$/.test(name);

/** The router's port to an instance. Interface names hold 15 characters: the id's last 12 hex digits are kept. */
export const routerPort = (instanceId: string): string => `p-${instanceId.replace(/^i-/, "").slice(-12)}`;

/** nftables pattern of all ports to instances. */
export const routerPortPattern = "p-*";
