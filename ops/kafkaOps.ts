/** The operator's commands on the ops host; bundled into one file (`kafka-ops.js`) that runs on Node.js 22. */
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { ClusterDescription } from "../planning/cluster/clusterDescription";
import { monitoringPorts, opsTools, unfinishedExitCode } from "../planning/cluster/names";
import { parseOverrides } from "../planning/cluster/rollOverride";
import { keepRights, ownAddresses, wantedRights } from "./access";
import { balance } from "./balance/balance";
import { follow } from "./balance/follow";
import { systemdService, wantedOf } from "./balance/service";
import { rightsWays } from "./brokerTunnel";
import { readClusterFile } from "./clusterFile";
import { runGuardian } from "./guardian/loop";
import { defaultStateFile, readState } from "./guardian/stateFile";
import { guardianStatus, guardianText } from "./guardian/status";
import { observeKafka } from "./kafkaClient";
import { kafkaVerdict } from "./kafkaGate";
import { showLogs } from "./logs/logs";
import { readLogsRequest } from "./logs/request";
import { ShippedJournals } from "./logs/shipped";
import { measure } from "./measure/measure";
import type { Outcome } from "./outcome";
import { runPage } from "./page/run";
import { rollSources, rollWorld } from "./roll/observe";
import { parseRevisionList } from "./roll/revisionList";
import { roll, type RollOptions } from "./roll/run";
import { runGate } from "./runGate";
import { RunMetrics } from "./runMetrics";
import { setAsideLines } from "./setAside";
import { clusterStatus, statusText } from "./status";
import { streamStatus, watchStatus } from "./statusWatch";
import { reconcileTopics } from "./topics";
import { releaseVolume } from "./volumeRelease";
import { zooKeeperVerdict, observeZooKeeper } from "./zookeeperGate";

const usage = `usage: node kafka-ops.js <command> --cluster cluster.json [--timeout seconds]

  gate zookeeper   wait until the ensemble has one leader and every other server in sync (default 900 s)
  gate kafka       wait until every broker is in service and every partition has a full ISR (default 900 s)
  roll zookeeper | kafka --revisions NODE=REVISION,… [--override TOPIC:CHECKS:DAY:REASON;…] [--wait SECONDS]
                   replace the nodes whose instances have another revision, one by one, and wait until the pool is whole
                   (default 900 s for each); after the seconds of --wait it begins with no further node
  balance [--wait SECONDS]
                   move copies and leaders to where the settings want them, slowly enough for the clients: begins that as
                   the service kafka-balance, or follows the one that runs, for so long (default 24 h)
  balance stop     end that service: what is under way is cancelled, what has been moved stays
  volume check | release --node NODE
                   whether all that is on the node's data volume is in sync on others, which are well; release: then
                   its service is stopped, so that the volume can be replaced
  topics           create the missing topics, add partitions, change their configs, and wait until all are in sync
                   (default 300 s)
  rights [--also ADDRESS,…]
                   make who may do what with the brokers as the settings say; clients at these addresses may do everything
                   too, until it is run again. "topics" does it as well
  status [--json]  one look at the whole cluster; exit code 1 when something is missing
  status --watch   again and again, until it is ended (Ctrl-C); with --json a line each
  page             the page of the cluster at 127.0.0.1:${monitoringPorts.page} (--port N), for a browser by an SSH tunnel
  logs NODE … | all [--since 10m] [--until TIME] [--unit NAME] [--follow] [--json]
                   what machines said, from them and, where they have it no longer, from the bucket; exit code 1 when
                   there is nothing (not with --json), or a part is missing
  measure [--seconds N]
                   what the brokers' machines do for so long (default 60 s), as JSON; only while the cluster is whole
  guardian         has a node replaced that stays out, one at a time, while the others are well enough; runs for ever
  guardian status [--json]
                   what the guardian sees and has done; exit code 1 when it has not looked for 60 s
                   both keep to --state FILE (default ${defaultStateFile})
  canary           writes and reads an event a second through every broker, and measures what clients feel; runs for ever

exit code 0: done; 1: failed; ${unfinishedExitCode}: all is well and there is more to do, run it again`;

const defaultSeconds: Readonly<Record<string, number>> = { topics: 300 };
const defaultBalanceSeconds = 24 * 3600;

class UsageError extends Error {}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        cluster: { type: "string" },
        timeout: { type: "string" },
        json: { type: "boolean" },
        state: { type: "string" },
        revisions: { type: "string" },
        override: { type: "string" },
        seconds: { type: "string" },
        wait: { type: "string" },
        run: { type: "string" },
        node: { type: "string" },
        also: { type: "string" },
        watch: { type: "boolean" },
        port: { type: "string" },
        since: { type: "string" },
        until: { type: "string" },
        unit: { type: "string" },
        follow: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function main(): Promise<boolean | Outcome> {
  const { values, positionals } = readArguments();
  if (values.help) {
    console.log(usage);
    return true;
  }
  const command = positionals.join(" ");
  // Whoever watched is gone, and may start the same again: what is cut off here carries on there.
  process.stdout.on("error", () => process.exit(1));
  const secondsOf = (option: "timeout" | "wait", otherwise: number): number => {
    const seconds = Number(values[option] ?? otherwise);
    if (Number.isFinite(seconds) && seconds > 0) return seconds;
    throw new UsageError(`--${option} ${values[option]}: seconds above 0 are wanted`);
  };
  const seconds = secondsOf("timeout", defaultSeconds[command] ?? 900);
  const file = values.cluster ?? "cluster.json";
  const stateFile = values.state ?? defaultStateFile;

  if (positionals[0] === "logs") {
    const request = readLogsRequest(positionals.slice(1), values, Date.now());
    const cluster = readClusterFile(file);
    if (!request.follow) guard(seconds);
    return showLogs(cluster, request, new ShippedJournals(cluster), {
      print: (line) => console.log(line),
      note: (line) => console.error(line),
    });
  }

  switch (command) {
    case "gate zookeeper": {
      const cluster = readClusterFile(file);
      guard(seconds);
      return runGate({
        what: "ZooKeeper gate",
        cluster,
        observe: () => observeZooKeeper(cluster.zookeeper),
        evaluate: zooKeeperVerdict,
        deadlineSeconds: seconds,
      });
    }
    case "gate kafka": {
      const cluster = readClusterFile(file);
      guard(seconds);
      return runGate({
        what: "Kafka gate",
        cluster,
        observe: () => observeKafka(cluster.brokers),
        evaluate: (observations) => kafkaVerdict(cluster, observations),
        deadlineSeconds: seconds,
      });
    }
    case "roll zookeeper":
    case "roll kafka": {
      const cluster = readClusterFile(file);
      const pool = command === "roll kafka" ? "kafka" : "zookeeper";
      const nodes = pool === "kafka" ? cluster.brokers : cluster.zookeeper;
      const revisions = parseRevisionList(
        values.revisions ?? "",
        nodes.map(({ name }) => name),
      );
      guard(seconds * (nodes.length + 1));
      const world = rollWorld(cluster, pool, revisions, await rollSources(cluster));
      const metrics = new RunMetrics(command);
      const options: RollOptions = {
        pool,
        minimumRunning: cluster.minimumRunning,
        override: values.override === undefined ? undefined : parseOverrides(values.override),
        today: new Date().toISOString().slice(0, 10),
        stepSeconds: seconds,
        waitSeconds: values.wait === undefined ? undefined : secondsOf("wait", 1),
        report: (line) => console.log(line),
        complain: (text) => console.error(text),
        progress: (nodes, done) => metrics.tell({ nodes, nodes_done: done }),
      };
      return metrics.whole(() => roll(world, options));
    }
    case "balance": {
      const cluster = readClusterFile(file);
      const waitSeconds = secondsOf("wait", defaultBalanceSeconds);
      // Ending a run for other settings comes before it.
      guard(waitSeconds + 300);
      return follow({
        service: systemdService(cluster, [__filename, resolve(file)]),
        wanted: wantedOf(cluster),
        waitSeconds,
        report: (line) => console.log(line),
        complain: (text) => console.error(text),
      });
    }
    case "balance run":
      guard(seconds);
      return balance(readClusterFile(file), values.run ?? "", seconds);
    case "balance stop":
      guard(300);
      await systemdService(readClusterFile(file), [__filename, resolve(file)]).stop();
      return true;
    case "volume check":
    case "volume release": {
      const cluster = readClusterFile(file);
      const node = values.node ?? "";
      const pool = cluster.brokers.some(({ name }) => name === node) ? "kafka" : "zookeeper";
      if (![...cluster.brokers, ...cluster.zookeeper].some(({ name }) => name === node))
        throw new UsageError(`--node ${node}: there is no such node`);
      guard(seconds);
      return releaseVolume(node, rollWorld(cluster, pool, new Map(), await rollSources(cluster)), {
        pool,
        minimumRunning: cluster.minimumRunning,
        stop: command === "volume release",
        report: (line) => console.log(line),
        complain: (line) => console.error(line),
      });
    }
    case "topics": {
      const cluster = readClusterFile(file);
      guard(seconds);
      await giveRights(cluster, []);
      return reconcileTopics(cluster, seconds);
    }
    case "rights": {
      guard(seconds);
      await giveRights(
        readClusterFile(file),
        (values.also ?? "").split(",").filter((address) => address !== ""),
      );
      return true;
    }
    case "page": {
      const port = Number(values.port ?? monitoringPorts.page);
      if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw new UsageError(`--port ${values.port}: a port is wanted`);
      await runPage(readClusterFile(file), {
        stateFile,
        programFile: join(dirname(__filename), opsTools.pageProgram),
        port,
      });
      return true;
    }
    case "status": {
      const cluster = readClusterFile(file);
      if (values.watch) return values.json ? streamStatus(cluster) : watchStatus(cluster, stateFile);
      guard(30);
      const [status, setAside] = await Promise.all([clusterStatus(cluster), values.json ? [] : setAsideLines(cluster)]);
      console.log(values.json ? JSON.stringify(status, null, 2) : [statusText(status), ...setAside].join("\n"));
      return status.healthy;
    }
    case "measure": {
      const length = Number(values.seconds ?? 60);
      if (!Number.isFinite(length) || length <= 0)
        throw new UsageError(`--seconds ${values.seconds}: seconds above 0 are wanted`);
      guard(length + 120);
      console.log(JSON.stringify(await measure(readClusterFile(file), length, (line) => console.error(line))));
      return true;
    }
    case "guardian":
      await runGuardian(readClusterFile(file), stateFile, [__filename, file]);
      return true;
    case "canary": {
      const cluster = readClusterFile(file);
      // Loaded here and not before: the other commands start without kafkajs.
      const { canaryWorld, runCanary } = await import("./canary/canary");
      await runCanary(cluster, canaryWorld(cluster, [__filename, file]));
      return true;
    }
    case "guardian status": {
      const now = Date.now();
      const status = guardianStatus(readClusterFile(file), readState(stateFile), now);
      console.log(values.json ? JSON.stringify(status, null, 2) : guardianText(status, now));
      return status.alive || !status.enabled;
    }
    default:
      throw new UsageError(command === "" ? "no command is given" : `unknown command "${command}"`);
  }
}

/**
 * Makes the rights on the brokers those of the settings.
 * @param also addresses that may do everything too, until the next time
 */
async function giveRights(cluster: ClusterDescription, also: readonly string[]): Promise<void> {
  const done = await keepRights(wantedRights([...ownAddresses(cluster), ...also]), rightsWays(cluster));
  console.log(`rights: ${done || "as they should be"}`);
}

/** Ends the process a minute after its deadline, should something hang that no other limit covers. */
function guard(seconds: number): void {
  const end = () => {
    console.error(
      `kafka-ops: gave up ${seconds + 60} s after the start: something hangs that should have had a limit of its own`,
    );
    process.exit(1);
  };
  setTimeout(end, (seconds + 60) * 1000).unref();
}

main().then(
  (outcome) =>
    process.exit(outcome === "unfinished" ? unfinishedExitCode : outcome === true || outcome === "done" ? 0 : 1),
  (error: Error) => {
    console.error(
      error instanceof UsageError ? `kafka-ops: ${error.message}\n\n${usage}` : `kafka-ops: ${error.message}`,
    );
    process.exit(1);
  },
);
