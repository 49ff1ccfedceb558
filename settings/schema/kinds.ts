import { parseCidr } from "../cidr";
import { checkedText, shown, wholeNumber } from "../fields";
import { tabledType, tabledTypes } from "../instanceTypes";
import { didYouMean } from "../nearest";
import { gp3 } from "../volumes";

/*
 * Rules that settings of several groups share.
 */

const tabledTypeNames = tabledTypes.map(({ type }) => type);

/**
 * An EC2 instance type whose facts are known.
 * @param purpose what runs on it
 */
export function instanceType(purpose: string) {
  return checkedText(
    (type) =>
      tabledType(type)
        ? undefined
        : `"${type}" is not a known instance type${didYouMean(type, tabledTypeNames)}; ` +
          `choose one of settings/instanceTypes.ts for ${purpose}`,
    // The program asks EC2 about it; a command that can't leaves it to the program.
    "unknown type",
  );
}

/** An IPv4 block within AWS's limits for a VPC and a subnet; empty passes where it means something. */
export function networkBlock(what: string, { mayBeEmpty = false } = {}) {
  return checkedText((value) => {
    if (value === "" && mayBeEmpty) return undefined;
    const cidr = parseCidr(value);
    if (typeof cidr === "string") return cidr;
    if (cidr.prefix < 16 || cidr.prefix > 28) return `${value} is /${cidr.prefix}; AWS takes /16 to /28 for ${what}`;
    return undefined;
  });
}

/** An IPv4 block of machines that are let in. */
export const accessBlock = checkedText((value) => {
  const cidr = parseCidr(value);
  return typeof cidr === "string" ? cidr : undefined;
});

/** The size of a gp3 volume that holds data. */
export function volumeGiB(purpose: string) {
  return wholeNumber({
    min: 8,
    max: gp3.largestGiB,
    below: `${purpose} needs 8 GiB or more`,
    above: `gp3 volumes end at ${gp3.largestGiB} GiB`,
  });
}

/** A JVM heap in MiB; 0 is automatic. */
export function heapMiB() {
  // Half of the smallest machine's memory: right for all of them.
  const example = 512;
  return wholeNumber({ min: 0, max: 65536, below: "give 0 for automatic", example }).refine(
    (value) => value === 0 || value >= 256,
    {
      error: ({ input }) => `${shown(input)} is below 256; give 0 for automatic, or e.g. ${example}`,
    },
  );
}
