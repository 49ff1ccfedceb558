import type { ClusterDescription, ClusterNode } from "../../planning/cluster/clusterDescription";
import { ports } from "../../planning/cluster/names";
import { onNode } from "../evidence";
import type { NodeObservation, SelfReport } from "./observation";

/**
 * Seconds for a login: on a machine that is busy it takes some, and on one that is gone it must not hold up the
 * observation.
 */
const seconds = 10;
/** MiB below which the free room is a full disk: Kafka creates index files of 10 MiB. */
const fullMiB = 64;
/**
 * Seconds after which a broker runs steadily. One that dies again and again loads its logs each time; one that recovers
 * them runs on.
 */
const steadySeconds = 30;
/** Restarts within an hour, at which a service that recovers its logs gets nowhere, and begins with them again. */
const hopelessRestarts = 4;
/** Bytes that a broker which recovers its logs reads in a second at least. */
const recoveryBytes = 1 << 20;

/** The port on which a service listens once it has read its logs. */
const port = { kafka: ports.kafka, zookeeper: ports.zookeeperClient } as const;

/**
 * Prints `key=value` lines. Every part is bounded, as a hung disk hangs whoever looks at it. One sudo for all: each one
 * takes its time on a busy machine. The braces make bash read all of it before any part could take its standard input.
 */
const script = (role: NodeObservation["role"]) => `
sudo -n bash <<'END'
{ state() { timeout 5 systemctl show --property "$2" --value "$1" 2>/dev/null; }
echo "boot=$(timeout 5 cloud-init status 2>/dev/null | sed -n 's/^status: //p')"
for unit in fetch-artifacts attach-data-volume mount-data-volume ${role}; do
  echo "$unit=$(state $unit.service ActiveState)"
  echo "$unit.began=$(state $unit.service InactiveExitTimestampMonotonic)"
done
echo "since=$(state ${role}.service ActiveEnterTimestampMonotonic)"
journal() { timeout 5 journalctl --quiet --no-pager --output=cat --unit=${role}.service "$@" 2>/dev/null; }
echo "restarts=$(journal --since=-60min --grep='Scheduled restart job' | wc -l)"
echo "listens=$(ss -Hltn 'sport = :${port[role]}' | wc -l)"
reads() { sed -n 's/^rchar: //p' "/proc/$(state ${role}.service MainPID)/io" 2>/dev/null; }
before=$(reads); sleep 1; after=$(reads); echo "reads=$((\${after:-0} - \${before:-0}))"
echo "uptime=$(cut -d. -f1 /proc/uptime)"
if timeout 3 mountpoint --quiet /var/lib/${role}; then
  echo "freeMiB=$(timeout 3 df --block-size=1M --output=avail /var/lib/${role} | tail -n 1 | tr -d ' ')"
fi
find /run/kafka-fence/fenced -mmin -1 2>/dev/null | grep -q . && echo "fenced=$(head -n 1 /run/kafka-fence/fenced)"
find /var/log/${role}/needs-a-person -mmin -3 2>/dev/null | grep -q . &&
  echo "person=$(head -n 1 /var/log/${role}/needs-a-person)"
journal --since=-60s --lines=5 | sed 's/^/log=/'
echo end=yes; }
END`;

/** Reads what the script prints; undefined when it did not come to its end. Pure. */
export function parseSelfReport(text: string, role: NodeObservation["role"]): SelfReport | undefined {
  const lines = text.split("\n").map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1).trim()] as const;
  });
  const values = new Map(lines);
  if (values.get("end") !== "yes") return undefined;
  const number = (key: string) => Number(values.get(key) || NaN);
  const service = values.get(role) ?? "";
  const freeMiB = number("freeMiB");
  const diskFull = freeMiB < fullMiB;
  const runsFor = number("uptime") - number("since") / 1_000_000;
  const log = lines.filter(([key]) => key === "log").map(([, line]) => line);
  // A service that dies again and again has the steps before it run each time.
  const tries = (unit: string) =>
    values.get(unit) === "activating" && number("uptime") - number(`${unit}.began`) / 1_000_000 >= steadySeconds;
  const step = ["fetch-artifacts", "attach-data-volume"].find(tries);
  const boots = (values.get("boot") ?? "").startsWith("running");
  // One large segment may take minutes, without a line.
  const reads = number("listens") === 0 && number("reads") >= recoveryBytes;
  const runs = service === "active" && runsFor >= steadySeconds && number("restarts") < hopelessRestarts;
  const facts = [
    service !== "" && `${role}.service is ${service}`,
    (values.get("boot") ?? "").startsWith("error") && "its first boot has failed",
    values.has("freeMiB") ? diskFull && `${freeMiB} MiB free on its data volume` : "its data volume is not mounted",
  ];
  return {
    diskFull,
    needsAPerson: values.get("person"),
    fenced: values.get("fenced"),
    progress: boots ? "its first boot is under way" : step && `${step} is still trying`,
    recovers: runs && (log.some(isRecovery) || reads),
    summary: facts.filter((fact) => fact !== false).join(", "),
  };
}

/** Whether a line is of Kafka's log manager at work, and not the one by which it ends. */
function isRecovery(line: string): boolean {
  return /\b(Recovering|Loading|Reloading|Rebuilding|Completed load of|Skipping recovery)\b/.test(line);
}

/**
 * Asks a node for its report; undefined when it does not come to its end.
 * @param ask runs a script there, for so many seconds
 */
export async function selfReport(
  ask: (script: string, seconds: number) => Promise<string>,
  role: NodeObservation["role"],
): Promise<SelfReport | undefined> {
  return parseSelfReport(await ask(script(role), seconds), role);
}

/**
 * Asks nodes that are out by SSH, all at once. Those that don't answer are not in the map. Takes at most about 10 s.
 */
export async function selfReports(
  cluster: ClusterDescription,
  nodes: readonly (ClusterNode & Pick<NodeObservation, "role">)[],
): Promise<Map<string, SelfReport>> {
  const asked = nodes.map(async ({ name, privateIp, role }) => {
    const report = await selfReport((text, within) => onNode(cluster, privateIp, text, within), role);
    return report === undefined ? [] : [[name, report] as const];
  });
  return new Map((await Promise.all(asked)).flat());
}
