/** Settings by environment variables, as each of these applications reads its own. */
import { z } from "zod";

/** A whole number within bounds. */
export function whole(least: number, most: number) {
  const error = `expected a whole number from ${least} to ${most}`;
  const digits = z.string().regex(/^\d{1,9}$/, error);
  return digits.transform(Number).pipe(z.number({ error }).min(least, error).max(most, error));
}

/** The address of a PostgreSQL database. */
export const databaseUrl = z
  .string({ error: "expected postgres://USER:PASSWORD@HOST:5432/DATABASE" })
  .refine(
    (text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol),
    "expected postgres://USER:PASSWORD@HOST:5432/DATABASE",
  );

/** A password of an address is not repeated in an error. */
const secret = "DATABASE_URL";

/**
 * Reads the variables that the schema names. Throws one error with every variable that can't be used: its value, the
 * rule, and the remedy.
 * @param remedy what is to be done with them: `set`
 */
export function readVariables<Schema extends z.ZodType>(
  schema: Schema,
  variables: NodeJS.ProcessEnv,
  remedy: string,
): z.output<Schema> {
  const result = schema.safeParse(variables);
  if (result.success) return result.data;
  const faults = new Map(result.error.issues.map(({ path, message }) => [String(path[0]), message]));
  const lines = [...faults].map(([name, rule]) => {
    const value = variables[name];
    if (value === undefined) return `${name} is not set: ${rule}`;
    return `${name} is ${name === secret ? "something else" : JSON.stringify(value)}: ${rule}`;
  });
  throw new Error(`${lines.join("\n")}\n${remedy} ${[...faults.keys()].join(", ")} and start again`);
}
