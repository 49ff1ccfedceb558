import type { Drift } from "./drift";

/** The longest value that is shown, in characters. */
const longest = 120;

/** What differs, a line for each property. */
export function driftText({ stack, looked, differences }: Drift): string {
  const lines = differences.flatMap(({ resource, id, gone, properties }) => {
    const who = `${resource} (${id})`;
    if (gone) return [`${who}: in the state, and gone from AWS`];
    return [
      `${who}:`,
      ...properties.map(
        ({ property, state, aws }) => `  ${property}: ${shown(state)} in the state, ${shown(aws)} in AWS`,
      ),
    ];
  });
  const differing = new Set(differences.map(({ id, resource }) => `${resource} ${id}`)).size;
  const sum =
    differing === 0
      ? `all ${looked} resources of stack ${stack} are in AWS as its state says`
      : `${differing} of ${looked} resources of stack ${stack} ${differing === 1 ? "is" : "are"} not as its state says`;
  return [...lines, sum].join("\n");
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;
}
