import { z } from "zod";
import { databaseUrl, readVariables, whole } from "../service/settings";
import { oldestDays } from "./chunk";

const name = (example: string) =>
  z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, `expected letters, digits, dots and dashes, such as ${example}`);

const schema = z.object({
  DATABASE_URL: databaseUrl,
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
  return readVariables(schema, variables, "set");
}
