import type { ChangeInfo, ChangeName } from "./changeCatalog";
import type { LeastInService } from "./changes/leastInService";
import { badSetting, kafkaVersion, rollBrokers, rollKilled, rollOneDead, rollZooKeeper } from "./changes/rolls";
import { together, type ChangeScene, type MakeChange } from "./changes/scene";
import { copies, growVolumes, scale } from "./changes/sizes";
import { topics } from "./changes/topics";
import type { Injected } from "./faults";
import { within } from "../jobs/drill/within";

const changes: Readonly<Record<ChangeName, MakeChange>> = {
  "roll-brokers": rollBrokers,
  "roll-zookeeper": rollZooKeeper,
  "kafka-version": kafkaVersion,
  "grow-volumes": growVolumes,
  scale,
  copies,
  topics,
  "roll-killed": rollKilled,
  "bad-setting": badSetting,
  "roll-one-dead": rollOneDead,
};

/** Seconds for an interrupted update to finish what it has begun: a roll of the whole pool at most. */
const finishSeconds = 900;

/**
 * Begins the change, and returns at once.
 * @param least is told by others what is in service meanwhile
 */
export async function beginChange(info: ChangeInfo, scene: ChangeScene, least: LeastInService): Promise<Injected> {
  const change = await changes[info.name](scene);
  const at = change.at ?? Date.now();
  const lasted = change.carryOut().then((outcome) => together(outcome, least.judge(info.mayBeOut)));
  // Whoever waits for it learns of a failure there.
  const ended = lasted.then(
    () => true,
    () => true,
  );
  const undo = async () => {
    if ((await within(finishSeconds * 1000, ended)) === undefined)
      throw new Error(`${info.name} has not ended after ${finishSeconds} s more, and runs on`);
  };
  return { what: change.what, nodes: change.nodes, at, lasted, undo };
}
