import type { ClusterDescription } from "../../planning/cluster/clusterDescription";
import { keepRights, ownAddresses, wantedRights, type RightsWays } from "../access";
import { rightsWays } from "../brokerTunnel";
import type { KafkaAdmin } from "../kafka/admin";
import { clusterAdmin } from "../kafkaClient";
import { foreignSettings, undoing, type PromiseAdmin } from "../promises";
import { noted } from "./nextActions";
import type { Memory } from "./memory";

const everyMs = 60_000;
/** The time in ms for each question: it must not hold up the observation of the nodes. */
const deadlineMs = 5000;

/** The part of the admin client that upkeep needs. */
export type UpkeepAdmin = PromiseAdmin & Pick<KafkaAdmin, "setConfigs">;

/** The name under which decisions about the whole cluster are noted. */
const whole = "cluster";

/** Keeps what the settings say of the brokers' rights and settings, against what is changed while they run. */
export class Upkeep {
  private lookedAt = -Infinity;
  /** What a dry run has spoken of, or what is left alone: it is not said every minute. */
  private spokenOf: ReadonlySet<string> = new Set();

  constructor(
    private readonly cluster: ClusterDescription,
    private readonly admin: UpkeepAdmin = clusterAdmin(cluster, deadlineMs),
    private readonly ways: RightsWays = rightsWays(cluster, deadlineMs),
  ) {}

  /**
   * Takes back what breaks a promise, gives the rights that are missing, and names all else; once a minute, and only
   * while no broker is out. Gives the memory with what was done. Rejects when Kafka does not answer or refuses.
   */
  async keep(memory: Memory, dryRun: boolean, now: number, say: (line: string) => void): Promise<Memory> {
    const isOut = this.cluster.brokers.some(({ name }) => memory.nodes[name]?.outSince !== undefined);
    if (isOut || now - this.lookedAt < everyMs) return memory;
    this.lookedAt = now;
    const found = await foreignSettings(this.cluster, this.admin);
    const said: string[] = [];
    const changes = undoing(found);
    if (!dryRun && changes.length > 0) await this.admin.setConfigs(changes);
    for (const { what, undo } of found) {
      if (undo === undefined) said.push(`is not of the settings, and left as it is: ${what}`);
      else said.push(`${dryRun ? "would put right" : "put right"}: ${what}`);
    }
    const rights = dryRun ? "" : await keepRights(wantedRights(ownAddresses(this.cluster)), this.ways, true);
    if (rights !== "") said.push(`rights on the brokers were not as the settings say: ${rights}`);
    const before = this.spokenOf;
    this.spokenOf = new Set(said.filter((text) => dryRun || !/^(put right|rights)/.test(text)));
    const left = found.filter(({ undo }) => dryRun || undo === undefined).length;
    return said
      .filter((text) => !before.has(text))
      .reduce(
        (noting, text) => {
          say(`${whole}: ${text}`);
          return noted(noting, whole, text, now);
        },
        { ...memory, foreignSettings: left },
      );
  }
}
