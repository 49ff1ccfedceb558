import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import type { DesiredState } from "./desiredState";
import { resolverAddress } from "./names";
import { identify, signalProcess } from "./processes";
import { waitFor } from "./waiting";

/** The VPC's resolver: Route 53 records of private zones and EC2's own names; it knows nothing else and asks nobody. */

const withoutDot = (name: string): string => name.replace(/\.$/, "").toLowerCase();

/** Addresses of a name, through CNAME records of the same region (at most 8 deep). */
function addressesOf(
  name: string,
  records: ReadonlyMap<string, DesiredState["dns"][number]["records"]>,
  depth = 0,
): readonly string[] {
  return (records.get(name) ?? []).flatMap((record) => {
    if (record.type === "A") return record.values;
    if (record.type !== "CNAME" || depth >= 8) return [];
    return record.values.flatMap((value) => addressesOf(withoutDot(value), records, depth + 1));
  });
}

/** A hosts file with all names of the region. Zones are not kept apart by VPC. */
export function renderHosts(desired: DesiredState): string {
  const records = new Map<string, DesiredState["dns"][number]["records"]>();
  for (const record of desired.dns.flatMap((zone) => zone.records)) {
    const name = withoutDot(record.name);
    records.set(name, [...(records.get(name) ?? []), record]);
  }
  const lines = [...records.keys()].flatMap((name) =>
    addressesOf(name, records).map((address) => `${address} ${name}`),
  );
  for (const instance of desired.instances) {
    for (const one of instance.interfaces) lines.push(`${one.privateIp} ${withoutDot(one.privateDnsName)}`);
  }
  return [...new Set(lines)].sort().join("\n") + "\n";
}

export interface DnsFiles {
  readonly hosts: string;
  readonly log: string;
}

/** Seconds for which an answer may be kept: short, since records of the lab come and go. */
const timeToLive = 5;

export class DnsServer {
  private served = "\n";

  private constructor(
    private readonly files: DnsFiles,
    private readonly child: ChildProcess,
  ) {}

  /** Starts dnsmasq in this process's network namespace; resolves when it answers. */
  static async start(files: DnsFiles, onExit: (how: string) => void): Promise<DnsServer> {
    writeFileSync(files.hosts, "\n");
    const log = openSync(files.log, "a", 0o600);
    const child = spawn(
      "setpriv",
      [
        "--pdeathsig",
        "SIGKILL",
        "dnsmasq",
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--log-facility=-",
        "--user=root",
        "--group=root",
        "--pid-file=",
        "--bind-interfaces",
        `--listen-address=${resolverAddress}`,
        "--no-resolv",
        "--no-hosts",
        "--no-poll",
        "--cache-size=0",
        `--local-ttl=${timeToLive}`,
        `--addn-hosts=${files.hosts}`,
        // Whatever is not in the file does not exist: say so at once.
        "--address=/#/",
      ],
      { stdio: ["ignore", log, log] },
    );
    closeSync(log);
    let ended: string | undefined;
    child.once("error", (error) => (ended = error.message));
    child.once("exit", (code, signal) => (ended = `exit ${code ?? signal}`));
    await waitFor(
      () => {
        if (ended !== undefined) throw new Error(`dnsmasq did not start (${ended}): ${tail(files.log)}`);
        return /started/.test(readFileSync(files.log, "utf8"));
      },
      { timeoutMs: 10_000, what: `dnsmasq serves ${resolverAddress} (log: ${files.log})` },
    );
    child.once("exit", (code, signal) => onExit(`exit ${code ?? signal}`));
    return new DnsServer(files, child);
  }

  /** Serves the region's names; costs nothing when they have not changed. */
  apply(desired: DesiredState): boolean {
    const text = renderHosts(desired);
    if (text === this.served) return false;
    // Written in place: dnsmasq reads it again when it is told to.
    writeFileSync(this.files.hosts, text);
    this.child.kill("SIGHUP");
    this.served = text;
    return true;
  }

  stop(): void {
    this.child.removeAllListeners("exit");
    const identity = this.child.pid === undefined ? undefined : identify(this.child.pid);
    if (identity !== undefined) signalProcess(identity, "SIGTERM");
  }
}

function tail(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-3).join(" | ");
}
