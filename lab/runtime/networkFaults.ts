import type { Action } from "./faultActions";

/** What is wrong with the network, beyond what security groups forbid. Pure: faults in, faults out. */

/** Traffic between two addresses (or ranges) that is dropped although the groups permit it: a broken network. */
export interface Cut {
  readonly from: string;
  readonly to: string;
  /** The cut ends when the machine of this instance is gone. Without it, it lasts until it is healed. */
  readonly untilGone?: string;
}

/** Packets from and to an address that are lost by chance. */
export interface Loss {
  readonly address: string;
  /** How many of a hundred packets are lost, in either direction; more than 0, at most 100. */
  readonly percent: number;
}

export interface NetworkFaults {
  readonly cuts: readonly Cut[];
  readonly losses: readonly Loss[];
}

export const noFaults: NetworkFaults = { cuts: [], losses: [] };

const everything = "0.0.0.0/0";

/** The network after an action on the instance that has this address; actions on machines leave it as it is. */
export function afterAction(
  faults: NetworkFaults,
  action: Action,
  address: string,
  instanceId: string | undefined,
): NetworkFaults {
  const { cuts, losses } = faults;
  switch (action.action) {
    case "cut": {
      const from = action.direction === "to" ? [] : action.peers.map((peer) => ({ from: address, to: peer }));
      const to = action.direction === "from" ? [] : action.peers.map((peer) => ({ from: peer, to: address }));
      return { cuts: [...cuts, ...from, ...to], losses };
    }
    case "silence": {
      const untilGone = action.hold ? {} : { untilGone: instanceId };
      const both = [
        { from: address, to: everything, ...untilGone },
        { from: everything, to: address, ...untilGone },
      ];
      return { cuts: [...cuts, ...both], losses };
    }
    case "loss": {
      const others = losses.filter((loss) => loss.address !== address);
      return { cuts, losses: action.percent > 0 ? [...others, { address, percent: action.percent }] : others };
    }
    case "heal":
      return {
        cuts: cuts.filter((cut) => cut.from !== address && cut.to !== address),
        losses: losses.filter((loss) => loss.address !== address),
      };
    default:
      return faults;
  }
}

/** The network after the end of an instance's machine. */
export function afterEndOf(faults: NetworkFaults, instanceId: string): NetworkFaults {
  return { ...faults, cuts: faults.cuts.filter((cut) => cut.untilGone !== instanceId) };
}

/** The nftables statements that drop what is cut or lost: for packets that pass the router, and for its own. */
export function renderFaults(faults: NetworkFaults): readonly string[] {
  const lines = faults.losses.flatMap(({ address, percent }) => {
    const byChance = `numgen random mod 10000 < ${Math.max(1, Math.round(percent * 100))} drop`;
    return [`ip saddr ${address} ${byChance}`, `ip daddr ${address} ${byChance}`];
  });
  return [...new Set([...faults.cuts.map((cut) => `ip saddr ${cut.from} ip daddr ${cut.to} drop`), ...lines])];
}
