import type { ChangeInfo, PoolCounts } from "../changeCatalog";
import type { ChangeOutcome } from "../report";

/**
 * The least number of nodes that were in service at any time. What one observation alone sees does not count: an
 * election of ZooKeeper takes less than the time between two, and a node that is replaced more.
 */
export class LeastInService {
  private last: PoolCounts | undefined;
  private least: PoolCounts | undefined;

  /**
   * Begins with all nodes.
   * @param all nodes that there were before
   */
  constructor(private readonly all: PoolCounts) {}

  record(now: PoolCounts): void {
    if (this.last !== undefined) {
      const both = combine(Math.max, this.last, now);
      this.least = combine(Math.min, this.least ?? both, both);
    }
    this.last = now;
  }

  judge(allowed: ChangeInfo["mayBeOut"]): ChangeOutcome {
    const { least } = this;
    if (least === undefined) return { facts: {}, unmet: ["nobody could tell which nodes were in service"] };
    return {
      facts: {
        "least brokers in service": least.brokers,
        "least ZooKeeper nodes in the quorum": least.zookeeper,
      },
      unmet: [...this.tooFew("brokers", allowed.brokers), ...this.tooFew("zookeeper", allowed.zookeeper)],
    };
  }

  /** A sentence when more nodes of a pool were out than may be; none when nobody could tell. */
  tooFew(pool: keyof PoolCounts, mayBeOut: number): readonly string[] {
    const of = this.all[pool];
    const inService = this.least?.[pool] ?? of;
    const what = pool === "brokers" ? pool : "ZooKeeper nodes";
    return of - inService > mayBeOut ? [`only ${inService} of ${of} ${what} were in service at once`] : [];
  }
}

function combine(choose: (a: number, b: number) => number, a: PoolCounts, b: PoolCounts): PoolCounts {
  return { brokers: choose(a.brokers, b.brokers), zookeeper: choose(a.zookeeper, b.zookeeper) };
}
