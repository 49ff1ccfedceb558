import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import type { PublishedMessage } from "./alerts";
import { AwsMachines } from "./awsMachines";
import type { LabAction, Traffic } from "./machines";
import type { OpsConnection } from "./opsConnection";

/**
 * The machines of a stack on the lab, which does all that EC2 does, and what EC2 lets nobody do: it drops packets,
 * moves clocks and slows machines down.
 */
export class LabMachines extends AwsMachines {
  override readonly onLab = true;

  /**
   * Uses the lab at an address.
   * @param endpoint of the lab's AWS API: `http://198.51.100.1:4566`
   */
  constructor(
    cluster: ClusterDescription,
    connection: OpsConnection,
    private readonly endpoint: string,
  ) {
    super(cluster, connection);
  }

  override async lab(actions: readonly LabAction[]): Promise<void> {
    const body = {
      actions: actions.map(({ node, ...action }) => ({ ...action, instance: this.reference(node, action) })),
    };
    const response = await fetch(`${this.endpoint}/_lab/faults`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
      signal: AbortSignal.timeout(20_000),
    });
    if (!response.ok) throw new Error(`the lab refuses the fault (${response.status}): ${await response.text()}`);
  }

  override traffic(): Promise<readonly Traffic[]> {
    return this.ask("traffic");
  }

  override published(): Promise<readonly PublishedMessage[]> {
    return this.ask("messages");
  }

  private async ask<T>(what: "traffic" | "messages"): Promise<T> {
    const response = await fetch(`${this.endpoint}/_lab/${what}`, { signal: AbortSignal.timeout(20_000) });
    if (!response.ok) {
      throw new Error(
        `the lab does not tell its ${what} (${response.status}): ${await response.text()}; ` +
          "one that an earlier version started does not know them (npm stop && npm start)",
      );
    }
    return (await response.json()) as T;
  }

  /**
   * The name by which the lab finds a node: for what concerns packets its address, which is there also while its
   * machine is being replaced.
   */
  private reference(node: string, { action }: Pick<LabAction, "action">): string {
    const known = [...this.cluster.brokers, ...this.cluster.zookeeper].find(({ name }) => name === node);
    const byAddress = action === "cut" || action === "loss" || action === "heal";
    return byAddress && known !== undefined ? known.privateIp : `${this.cluster.clusterName}-${node}`;
  }
}
