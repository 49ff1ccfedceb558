import { hold, release } from "../drills/faults/hold";
import type { Machines } from "../drills/machines";
import type { Against } from "../drills/report";
import { described, leaderOfMost } from "../drills/victims";

/** Seconds for a controlled stop, which may take 180 s. */
const stopSeconds = 200;

/** Stops one broker, and starts it again. */
export class BrokerAway {
  private begun?: { readonly node: string; startedAt?: number };

  /**
   * Stops and starts a broker of these machines.
   * @param awaySeconds after which the broker comes back by itself, in case the benchmark is no more
   */
  constructor(
    private readonly machines: Machines,
    private readonly against: Against,
    private readonly awaySeconds: number,
    private readonly report: (line: string) => void,
  ) {}

  /**
   * Stops the broker that leads most of the topic, and is not the controller: an election of that is another matter.
   */
  async stop(topic: string): Promise<void> {
    const state = await this.machines.state(topic);
    const node = leaderOfMost(state);
    this.begun = { node };
    // It would replace a machine whose broker stays away.
    await this.guardian("apply");
    this.report(`stopping ${described(state, node)}`);
    await hold(this.machines, [node], "kafka-stop", this.awaySeconds, stopSeconds);
  }

  /**
   * Starts the broker again; does nothing where none was stopped, or it has been started.
   * @returns when it was told to start, ms since 1970
   */
  async start(): Promise<number | undefined> {
    const { begun } = this;
    if (begun === undefined || begun.startedAt !== undefined) return begun?.startedAt;
    this.report(`starting ${begun.node}`);
    const at = Date.now();
    await release(this.machines, begun.node, "kafka-stop");
    begun.startedAt = at;
    return at;
  }

  /** Puts everything back as it was before `stop`. */
  async undo(): Promise<void> {
    await this.start();
    if (this.begun !== undefined) await this.guardian("revert");
    this.begun = undefined;
  }

  /** Turns the guardian off or on. With the stock settings there is none anyway, and it has to stay so. */
  private async guardian(action: "apply" | "revert"): Promise<void> {
    if (this.against === "ours") await this.machines.runOnOpsHost("stock-watcher", [action]);
  }
}
