/** `kafka-ops page`: the service of the page on the ops host. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { monitoringPorts } from "../../planning/cluster/names";
import { readState } from "../guardian/stateFile";
import { statusWatcher } from "../status";
import { alertsAt } from "./alertmanager";
import { Lookout } from "./lookout";
import { metricsFolder } from "../metrics";
import { readMetrics } from "./metricsFiles";
import { prometheusAt } from "./prometheus";
import { pageServer } from "./server";

/** Where the page finds what it is made from, and where it is. */
export interface PageOptions {
  /** The guardian's state. */
  readonly stateFile: string;
  /** The file of what runs in the browser. */
  readonly programFile: string;
  /** The port of the loopback address. Not used when systemd hands a socket over. */
  readonly port: number;
  /** Default: the loopback addresses of the ops host. */
  readonly prometheusUrl?: string;
  readonly alertmanagerUrl?: string;
  /** Default: that of the ops host. */
  readonly metricsFolder?: string;
  /** The time in ms without a request after which the service ends: systemd starts it at the next one. */
  readonly idleMs?: number;
}

/** The first of the sockets that systemd hands over (sd_listen_fds(3)). */
const firstSocket = 3;
const defaultIdleMs = 15 * 60_000;

/** Serves the page until nobody has asked for it for a while. Rejects when it can't listen. */
export async function runPage(cluster: ClusterDescription, options: PageOptions): Promise<void> {
  const { stateFile, programFile, port, idleMs = defaultIdleMs } = options;
  const prometheusUrl = options.prometheusUrl ?? `http://127.0.0.1:${monitoringPorts.prometheus}`;
  const alertmanagerUrl = options.alertmanagerUrl ?? `http://127.0.0.1:${monitoringPorts.alertmanager}`;
  const lookout = new Lookout(cluster, {
    status: statusWatcher(cluster),
    guardian: () => readState(stateFile),
    metrics: () => readMetrics(options.metricsFolder ?? metricsFolder),
    alerts: () => alertsAt(alertmanagerUrl),
    prometheus: prometheusAt(prometheusUrl),
  });
  let askedAt = performance.now();
  const server = pageServer(lookout, readFileSync(programFile, "utf8"), () => (askedAt = performance.now()));
  const handedOver = process.env.LISTEN_FDS === "1" && process.env.LISTEN_PID === String(process.pid);
  if (handedOver) server.listen({ fd: firstSocket });
  else server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === "EADDRINUSE" ? `127.0.0.1:${port} is taken: --port N takes another one` : error.message,
    );
  });
  console.log(
    `${cluster.clusterName}: the page is at ${handedOver ? "the socket of systemd" : `http://127.0.0.1:${port}`}`,
  );
  await new Promise<void>((resolve) => {
    const timer = setInterval(
      () => {
        if (performance.now() - askedAt < idleMs) return;
        clearInterval(timer);
        resolve();
      },
      Math.min(idleMs, 10_000),
    );
  });
  console.log("nobody looks at the page: ending until somebody does");
  server.close();
}
