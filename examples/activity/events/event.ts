/** What a user did: the contract between the browser, the collector and the store. */
import { z } from "zod";
import { unkeepable } from "./keepable";

/** The types of event, as `type` has them. */
export const eventTypes = ["page_view", "button_click", "time_on_page"] as const;

/** The bounds of an event. Texts are counted in UTF-16 units, as JavaScript counts them. */
export const limits = {
  /** The event as JSON in UTF-8. */
  bytes: 32_768,
  /** Objects and lists within one another, the event itself included. */
  depth: 8,
  /** `user` and `session`. */
  name: 128,
  button: 256,
  /** `page` and `referrer`. */
  url: 2_048,
  seconds: 86_400,
  /** `at` before `received`: what a browser has kept while it was offline. */
  lateDays: 7,
  /** `at` after `received`: a clock that is set to another time zone is up to 14 hours ahead. */
  aheadHours: 24,
} as const;

const hourMs = 3_600_000;
const text = (most: number) => z.string().min(1).max(most);
const time = z.iso.datetime({ error: "expected a time in UTC such as 2026-11-29T12:00:00.000Z" });
const button = text(limits.button);
const seconds = z.number().min(0).max(limits.seconds);

const common = {
  id: z.uuid().toLowerCase(),
  user: text(limits.name),
  session: text(limits.name),
  at: time,
  received: time,
  page: text(limits.url),
  referrer: text(limits.url).optional(),
  // Known fields have their type in each event, also where they are not asked for.
  button: button.optional(),
  seconds: seconds.optional(),
};

const schema = z
  .discriminatedUnion(
    "type",
    [
      z.looseObject({ ...common, type: z.literal("page_view") }),
      z.looseObject({ ...common, type: z.literal("button_click"), button }),
      z.looseObject({ ...common, type: z.literal("time_on_page"), seconds }),
    ],
    { error: ({ code }) => (code === "invalid_union" ? `expected one of ${eventTypes.join(", ")}` : undefined) },
  )
  .superRefine(({ at, received }, context) => {
    const lateMs = Date.parse(received) - Date.parse(at);
    const rule =
      lateMs > limits.lateDays * 24 * hourMs
        ? `more than ${limits.lateDays} days before`
        : lateMs < -limits.aheadHours * hourMs
          ? `more than ${limits.aheadHours} hours after`
          : undefined;
    if (rule !== undefined) context.addIssue({ code: "custom", path: ["at"], message: `${at} is ${rule} ${received}` });
  });

/** An event with the time at which the collector received it. Fields that this version does not know are kept. */
export type ActivityEvent = z.infer<typeof schema>;

/** An event, or why it is none: texts for people, at most five. */
export type Checked = { readonly event: ActivityEvent } | { readonly reasons: readonly string[] };

const mostReasons = 5;

/** Checks a value that came from JSON. Never throws. */
export function checkEvent(value: unknown): Checked {
  const fault = unkeepable(value, limits.depth);
  if (fault !== undefined) return { reasons: [fault] };
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return { event: data };
  const reasons = error.issues.slice(0, mostReasons).map(({ path, message }) => {
    return `${path.join(".") || "event"}: ${message}`;
  });
  return { reasons };
}
