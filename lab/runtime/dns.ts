import { createSocket } from "node:dgram";
import type { RemoteInfo, Socket } from "node:dgram";
import { answerQuery } from "./dnsMessage";
import type { DesiredState } from "./desiredState";
import { log, messageOf } from "./log";
import { apiAddress, resolverAddress, s3Address } from "./names";

/**
 * The VPC's resolver: private zones and private names of endpoints in the VPCs that have them, EC2's own names, and
 * AWS's public ones. It knows nothing else and asks nobody.
 */

const withoutDot = (name: string): string => name.replace(/\.$/, "").toLowerCase();

type Records = DesiredState["dns"][number]["records"];

/** Addresses of a name, through CNAME records (at most 8 deep). */
function addressesOf(name: string, records: ReadonlyMap<string, Records>, depth = 0): readonly string[] {
  return (records.get(name) ?? []).flatMap((record) => {
    if (record.type === "A") return record.values;
    if (record.type !== "CNAME" || depth >= 8) return [];
    return record.values.flatMap((value) => addressesOf(withoutDot(value), records, depth + 1));
  });
}

/** Where AWS's public names lead; one of an endpoint is none of them. */
function publicAddress(name: string): string | undefined {
  if (!name.endsWith(".amazonaws.com") || name.endsWith(".vpce.amazonaws.com")) return undefined;
  return /(^|\.)s3[.-]/.test(name) ? s3Address : apiAddress;
}

/** What each machine is told: the names of its VPC. */
export class Names {
  private readonly everywhere = new Map<string, readonly string[]>();
  private readonly inVpc = new Map<string, Map<string, readonly string[]>>();
  private readonly vpcOf = new Map<string, string>();

  constructor(desired: DesiredState) {
    const namesOf = (vpcId: string) => {
      const names = this.inVpc.get(vpcId) ?? new Map<string, readonly string[]>();
      this.inVpc.set(vpcId, names);
      return names;
    };
    for (const { vpcId, names, addresses } of desired.endpoints) {
      for (const name of names.map(withoutDot)) {
        if (name.endsWith(".vpce.amazonaws.com")) this.everywhere.set(name, addresses);
        else namesOf(vpcId).set(name, addresses);
      }
    }
    for (const { records, vpcIds } of desired.dns) {
      const byName = new Map<string, Records>();
      for (const record of records) {
        const name = withoutDot(record.name);
        byName.set(name, [...(byName.get(name) ?? []), record]);
      }
      for (const vpcId of vpcIds) {
        for (const name of byName.keys()) namesOf(vpcId).set(name, addressesOf(name, byName));
      }
    }
    for (const { privateIp, privateDnsName, vpcId } of desired.instances.flatMap(({ interfaces }) => interfaces)) {
      this.everywhere.set(withoutDot(privateDnsName), [privateIp]);
      this.vpcOf.set(privateIp, vpcId);
    }
  }

  /** The addresses that the machine at `asker` gets; undefined: there is no such name. */
  resolve(asker: string, name: string): readonly string[] | undefined {
    const asked = withoutDot(name);
    const own = this.inVpc.get(this.vpcOf.get(asker) ?? "")?.get(asked) ?? this.everywhere.get(asked);
    if (own !== undefined) return own;
    const address = publicAddress(asked);
    return address === undefined ? undefined : [address];
  }
}

export class DnsServer {
  private names: Names | undefined;
  private served: DesiredState | undefined;

  private constructor(private readonly socket: Socket) {}

  /** Listens in this process's network namespace; resolves when it does. */
  static async start(): Promise<DnsServer> {
    const socket = createSocket("udp4");
    const server = new DnsServer(socket);
    socket.on("message", (query, from) => server.answer(query, from));
    await new Promise<void>((done, fail) => {
      socket.once("error", fail);
      socket.bind(53, resolverAddress, done);
    });
    socket.on("error", (error) => log(`dns: ${messageOf(error)}`));
    return server;
  }

  /** Serves the region's names from now on. */
  apply(desired: DesiredState): void {
    if (desired === this.served) return;
    this.names = new Names(desired);
    this.served = desired;
  }

  private answer(query: Buffer, from: RemoteInfo): void {
    const answer = answerQuery(query, (name) => this.names?.resolve(from.address, name));
    if (answer !== undefined) this.socket.send(answer, from.port, from.address);
  }
}
