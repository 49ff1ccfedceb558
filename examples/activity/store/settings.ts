import { z } from "zod";
import { oldestDays } from "./chunk";

const whole = (least: number, most: number) => {
  const error = `expected a whole number from ${least} to ${most}`;
  const digits = z.string().regex(/^\d{1,9}$/, error);
  return digits.transform(Number).pipe(z.number({ error }).min(least, error).max(most, error));
};
const name = (example: string) =>
  z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, `expected letters, digits, dots and dashes, such as ${example}`);

/** A password of an address is not repeated in an error. */
const secret = "DATABASE_URL";

const schema = z.object({
  DATABASE_URL: z
    .string({ error: "expected postgres://USER:PASSWORD@HOST:5432/DATABASE" })
    .refine(
      (text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol),
      "expected postgres://USER:PASSWORD@HOST:5432/DATABASE",
    ),
  TOPIC: name("user-activity").default("user-activity"),
  GROUP: name("activity-store").default("activity-store"),
  RETENTION_DAYS: whole(oldestDays + 1, 3650).prefault("30"),
  BATCH_MIB: whole(1, 256).prefault("16"),
  QUEUE_MIB: whole(1, 4096).prefault("64"),
  LINGER_MS: whole(0, 60_000).prefault("500"),
  TRANSACTION_SECONDS: whole(1, 3600).prefault("120"),
  HOST: z.string().min(1).default("0.0.0.0"),
  PORT: whole(0, 65_535).prefault("8081"),
});

/** The store's settings, by the names of their variables; the README says what each means. */
export type StoreSettings = Readonly<z.infer<typeof schema>>;

/** Reads the settings. Throws one error with every variable that can't be used: its value, the rule, the remedy. */
export function readSettings(variables: NodeJS.ProcessEnv): StoreSettings {
  const result = schema.safeParse(variables);
  if (result.success) return result.data;
  const faults = new Map(result.error.issues.map(({ path, message }) => [String(path[0]), message]));
  const lines = [...faults].map(([variable, rule]) => {
    const value = variables[variable];
    if (value === undefined) return `${variable} is not set: ${rule}`;
    return `${variable} is ${variable === secret ? "something else" : JSON.stringify(value)}: ${rule}`;
  });
  throw new Error(`${lines.join("\n")}\nset ${[...faults.keys()].join(", ")} and start again`);
}
