import { z } from "zod";
import { readVariables, whole } from "../service/settings";

const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `expected one of ${values.join(", ")}` });
const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text);

const schema = z.object({
  PORT: whole(0, 65_535).prefault("8080"),
  HOST: z.string().min(1).default("0.0.0.0"),
  TOPIC: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,249}$/, "expected the name of a topic, such as user-activity")
    .default("user-activity"),
  SPOOL_FOLDER: z.string().min(1, "expected a folder on a disk that stays").default("spool"),
  SPOOL_MIB: whole(1, 1_000_000).prefault("1024"),
  IN_FLIGHT_MIB: whole(1, 4_096).prefault("64"),
  BODY_KIB: whole(1, 512).prefault("256"),
  PATIENCE_MS: whole(100, 60_000).prefault("5000"),
  ORIGINS: z
    .string()
    .transform((text) => text.split(","))
    .refine(
      (list) => list.join() === "*" || list.every((text) => origin.safeParse(text).success),
      "expected * or origins such as https://www.example.com,https://example.com",
    )
    .prefault("*"),
  KEEP_ADDRESS: oneOf(["no", "connection", "forwarded"]).default("no"),
  DEMO_PAGE: oneOf(["yes", "no"]).default("no"),
});

/** The collector's settings, by the names of their variables; the README says what each means. */
export type CollectorSettings = Readonly<z.infer<typeof schema>>;

/** Reads the settings. Throws one error with every variable that can't be used: its value, the rule, the remedy. */
export function readSettings(variables: NodeJS.ProcessEnv): CollectorSettings {
  return readVariables(schema, variables, "change or unset");
}
