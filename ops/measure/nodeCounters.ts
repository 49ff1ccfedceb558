/** The counters of a node's kernel, and what two observations of them say. No I/O. */

/**
 * The script that prints a node's counters. Any user may read all of it, but systemd is asked as root, as only root
 * reaches it where there is no D-Bus. Kafka shows its request handler idle by JMX alone, which no node has open: the
 * kernel's account of the same threads says it too. It knows the first 15 letters of their names (later Java: the first
 * 7), which network and request handler threads have in common.
 */
export const countersScript = `set -eu
for role in kafka zookeeper; do if mountpoint -q "/var/lib/$role"; then break; fi; done
device=$(basename "$(readlink -f "$(findmnt -n -o SOURCE "/var/lib/$role")")")
pid=$(sudo -n systemctl show --property MainPID --value "$role.service")
read -r uptime _ </proc/uptime
echo "uptime $uptime"
echo "service $pid"
echo "used $(df -B1 --output=used "/var/lib/$role" | tail -n 1)"
head -n 1 /proc/stat
awk -v device="$device" '$3 == device { print "disk", $4, $6, $8, $10 }' /proc/diskstats
awk -F ':' 'NR > 2 && $1 !~ /^ *lo$/ { split($2, n, " "); in_ += n[1]; out += n[9] } END { printf "network %.0f %.0f\\n", in_, out }' /proc/net/dev
for task in "/proc/$pid/task/"*; do
  { read -r name <"$task/comm" && read -r ran waited _ <"$task/schedstat"; } 2>/dev/null || continue
  case $name in data-pl*) printf 'thread %s %s %s, ' "\${task##*/}" "$ran" "$waited" ;; esac
done
echo`;

/** The counters of a node at one moment. They grow from the boot on. */
export interface NodeCounters {
  readonly uptimeSeconds: number;
  /** Process id of Kafka or ZooKeeper; another process has begun to count anew. */
  readonly service: number;
  readonly usedBytes: number;
  /** Seconds of all CPUs together, what the hypervisor withheld included. */
  readonly busySeconds: number;
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Thread id -> seconds in which it ran or waited for a CPU. */
  readonly threads: ReadonlyMap<number, number>;
}

/** The rates of a node between two observations. */
export interface NodeRates {
  readonly receivedBytesPerSecond: number;
  readonly sentBytesPerSecond: number;
  readonly diskBytesPerSecond: number;
  readonly diskReadBytesPerSecond: number;
  readonly diskOperationsPerSecond: number;
  readonly busyCpus: number;
  readonly busiestThread: number;
}

/** Bytes of a sector of `/proc/diskstats`, whatever the device's own sectors are. */
const sectorBytes = 512;
/** Ticks of a second, `USER_HZ`: the unit of `/proc/stat` on every Linux that Kafka runs on. */
const ticksPerSecond = 100;

/** Reads what the script prints. Throws an error that shows it when something is missing, such as when SSH failed. */
export function parseCounters(node: string, text: string): NodeCounters {
  const numbers = (label: string, count: number): number[] => {
    const line = text.split("\n").find((one) => one.startsWith(`${label} `));
    const found = (line ?? "").trim().split(/\s+/).slice(1).map(Number);
    if (found.length < count || !found.every(Number.isFinite)) {
      throw new Error(`${node} does not say its "${label}"; what it says:\n${text.trim()}`);
    }
    return found;
  };
  const [uptimeSeconds = 0] = numbers("uptime", 1);
  const [service = 0] = numbers("service", 1);
  const [usedBytes = 0] = numbers("used", 1);
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0, stolen = 0] = numbers("cpu", 8);
  const [reads = 0, readSectors = 0, writes = 0, writtenSectors = 0] = numbers("disk", 4);
  const [receivedBytes = 0, sentBytes = 0] = numbers("network", 2);
  const threads = [...text.matchAll(/thread (\d+) (\d+) (\d+),/g)];
  return {
    uptimeSeconds,
    service,
    usedBytes,
    busySeconds: (user + nice + system + interrupts + soft + stolen) / ticksPerSecond,
    reads,
    readBytes: readSectors * sectorBytes,
    writes,
    writtenBytes: writtenSectors * sectorBytes,
    receivedBytes,
    sentBytes,
    threads: new Map(threads.map(([, id, ran, waited]) => [Number(id), (Number(ran) + Number(waited)) / 1e9])),
  };
}

/** The rates between two observations. Throws when the node or its service has started anew in between. */
export function ratesBetween(node: string, before: NodeCounters, after: NodeCounters): NodeRates {
  const seconds = after.uptimeSeconds - before.uptimeSeconds;
  if (seconds <= 0 || after.service !== before.service) {
    throw new Error(`${node} has started anew during the measurement: measure again once it has caught up`);
  }
  const rate = (counter: (counters: NodeCounters) => number) => (counter(after) - counter(before)) / seconds;
  const busiest = Math.max(
    0,
    ...[...after.threads].map(([id, busy]) => (busy - (before.threads.get(id) ?? busy)) / seconds),
  );
  return {
    receivedBytesPerSecond: rate(({ receivedBytes }) => receivedBytes),
    sentBytesPerSecond: rate(({ sentBytes }) => sentBytes),
    diskBytesPerSecond: rate(({ readBytes, writtenBytes }) => readBytes + writtenBytes),
    diskReadBytesPerSecond: rate(({ readBytes }) => readBytes),
    diskOperationsPerSecond: rate(({ reads, writes }) => reads + writes),
    busyCpus: rate(({ busySeconds }) => busySeconds),
    // The observations of the threads and at the clock are not quite at the same time.
    busiestThread: Math.min(1, busiest),
  };
}
