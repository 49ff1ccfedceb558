import { z } from "zod";
import { eventTopic } from "../events/message";
import { databaseUrl, readVariables, whole } from "../service/settings";

const minuteMs = 60_000;
const minute = z
  .string({ error: "expected a whole minute such as 2026-11-29T12:00Z" })
  .refine((text) => Date.parse(text) % minuteMs === 0, "expected a whole minute such as 2026-11-29T12:00Z")
  .transform((text) => Date.parse(text));

const schema = z
  .object({
    DATABASE_URL: databaseUrl,
    FROM: minute,
    TO: minute,
    COLLECTORS: z
      .string()
      .transform((text) => text.split(","))
      .refine((list) => list.every((one) => URL.canParse(one)), "expected addresses such as http://collector-1:8080")
      .optional(),
    TOPIC: z.string().min(1).default(eventTopic),
    PAGE: z.string().min(1).optional(),
    WAIT_SECONDS: whole(0, 86_400).prefault("60"),
  })
  .refine(({ FROM, TO }) => TO > FROM, { path: ["TO"], error: "expected a minute after FROM" });

/** The settings of the reconciliation, by the names of their variables; the README says what each means. */
export type ReconcileSettings = Readonly<z.infer<typeof schema>>;

/** Reads the settings. Throws one error with every variable that can't be used: its value, the rule, the remedy. */
export function readSettings(variables: NodeJS.ProcessEnv): ReconcileSettings {
  return readVariables(schema, variables, "set");
}
