/** Brokers that the settings no longer name stop before they are deleted, so that no new copy comes onto them. */
import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { onNode } from "../evidence";

/** Stops and starts the service of brokers that go. Each rejects with the machine's own words. */
export interface Departure {
  readonly stop: (broker: number) => Promise<void>;
  readonly start: (broker: number) => Promise<void>;
}

/** Seconds for stopping a broker in an orderly way; its unit allows 180 s. */
const seconds = 200;

/** The departure by SSH. The broker's name is there until it is deleted. */
export function departureOf(cluster: ClusterDescription, ask = onNode): Departure {
  const run = async (broker: number, verb: string) => {
    const host = departingHost(cluster, broker);
    const output = await ask(cluster, host, `sudo -n systemctl ${verb} kafka.service && echo done`, seconds);
    if (!output.split("\n").includes("done")) throw new Error(`systemctl ${verb} kafka.service on ${host}: ${output}`);
  };
  return {
    stop: (broker) => run(broker, "stop"),
    // Its start waits for as long as its volume takes.
    start: (broker) => run(broker, "start --no-block"),
  };
}

/** The host name of a broker that the settings no longer name: all have the same form. */
function departingHost({ brokers }: Pick<ClusterDescription, "brokers">, broker: number): string {
  return (brokers[0]?.dnsName ?? "").replace(/^kafka-\d+/, `kafka-${broker}`);
}
