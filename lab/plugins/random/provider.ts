import { randomBytes, randomInt } from "node:crypto";
import { z } from "zod";

import type { PropertyMap } from "../aws/core/propertyValues";
import type { LocalProvider, LocalResource } from "../common/localResource";

const keepers = z.record(z.string(), z.string()).optional();

/** Bytes of randomness, in several notations. */
const randomId: LocalResource = {
  token: "random:index/randomId:RandomId",
  inputs: { byteLength: z.number().int().min(1), keepers, prefix: z.string().optional() },
  outputs: ["b64Std", "b64Url", "dec", "hex"],
  replaces: () => true,
  create: (_operation, inputs) => {
    const { byteLength, prefix = "" } = inputs as { byteLength: number; prefix?: string };
    const bytes = randomBytes(byteLength);
    const hex = bytes.toString("hex");
    const id = bytes.toString("base64url");
    const notations = { b64Std: bytes.toString("base64"), b64Url: id, dec: BigInt(`0x${hex}`).toString(), hex };
    const outputs = Object.fromEntries(Object.entries(notations).map(([name, text]) => [name, prefix + text]));
    return Promise.resolve({ id, outputs });
  },
};

const flag = z.boolean().optional();
const count = z.number().int().min(0).optional();

/** The special characters that the real provider takes by default. */
const specialCharacters = "!@#$%&*()-_=+[]{}<>:?";

interface StringInputs {
  readonly length: number;
  readonly overrideSpecial?: string;
}

const randomString: LocalResource = {
  token: "random:index/randomString:RandomString",
  inputs: {
    length: z.number().int().min(1),
    keepers,
    lower: flag,
    upper: flag,
    numeric: flag,
    special: flag,
    minLower: count,
    minUpper: count,
    minNumeric: count,
    minSpecial: count,
    overrideSpecial: z.string().optional(),
  },
  outputs: ["result"],
  replaces: () => true,
  create: (_operation, inputs) => {
    const result = randomText(inputs);
    return Promise.resolve({ id: result, outputs: { result } });
  },
};

function randomText(inputs: PropertyMap): string {
  const { length, overrideSpecial } = inputs as unknown as StringInputs;
  const kinds = [
    { use: inputs.lower, least: inputs.minLower, characters: "abcdefghijklmnopqrstuvwxyz" },
    { use: inputs.upper, least: inputs.minUpper, characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
    { use: inputs.numeric, least: inputs.minNumeric, characters: "0123456789" },
    { use: inputs.special, least: inputs.minSpecial, characters: overrideSpecial ?? specialCharacters },
  ].filter(({ use }) => use !== false);
  const all = kinds.map(({ characters }) => characters).join("");
  if (all === "") throw new Error("random.RandomString: all kinds of characters are switched off");
  const chosen = kinds.flatMap(({ least, characters }) =>
    Array.from({ length: (least as number | undefined) ?? 0 }, () => characters[randomInt(characters.length)]),
  );
  if (chosen.length > length)
    throw new Error(`random.RandomString: the least numbers of characters exceed length = ${length}`);
  while (chosen.length < length) chosen.push(all[randomInt(all.length)]);
  for (let last = chosen.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [chosen[last], chosen[other]] = [chosen[other], chosen[last]];
  }
  return chosen.join("");
}

/** Stands in for the random provider. */
export const randomProvider: LocalProvider = {
  name: "random",
  version: "4.21.2",
  resources: [randomId, randomString],
};
