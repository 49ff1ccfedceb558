/** The steps of a random series: what is made, one after the other. Pure. */
import { createHash } from "node:crypto";
import { catalog, type DrillName } from "../catalog";
import { changeNames, type ChangeName } from "../changeCatalog";
import { drillInfo, pairNames } from "../pairs";

/** The changes that are never made here: volumes can't shrink again, and would grow with each. */
const leftOut: readonly ChangeName[] = ["grow-volumes"];

/** The steps of ten that are one fault, and those that are two at once; the others are changes. */
const single = 4;
const pair = 4;

/**
 * The first `count` steps of a seed, which has the same ones always.
 * @param isOnLab on AWS there are faults only, those that can be made there
 */
export function randomSteps(seed: number, count: number, isOnLab: boolean): readonly DrillName[] {
  const fits = (name: DrillName) => isOnLab || drillInfo(name).onAws;
  const faults = catalog.map(({ name }) => name).filter(fits);
  const pairs = pairNames.filter(fits);
  const changes = changeNames.filter((name) => fits(name) && !leftOut.includes(name));
  return Array.from({ length: count }, (_, index) => {
    const [kind, which] = draws(seed, index);
    if (kind % 10 < single) return chosen(faults, which);
    return kind % 10 < single + pair || changes.length === 0 ? chosen(pairs, which) : chosen(changes, which);
  });
}

/** Two numbers below 2^32 that nothing but the seed and the step decides. */
function draws(seed: number, index: number): readonly [number, number] {
  const digest = createHash("sha256").update(`${seed}/${index}`).digest();
  return [digest.readUInt32BE(0), digest.readUInt32BE(4)];
}

function chosen<Name>(names: readonly Name[], number: number): Name {
  const name = names[number % names.length];
  if (name === undefined) throw new Error("there is nothing to choose from");
  return name;
}
