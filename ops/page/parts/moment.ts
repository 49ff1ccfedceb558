import { element, type Child, type Markup } from "../markup";

const dayMs = 86_400_000;

/**
 * A moment. The browser writes it anew, in its own time zone and as it passes; without its program the UTC time stands
 * there.
 * @param form `clock`: `14:03`; `day`: `14:03`, with the day when it is another one; `second`: the same as `14:03:59`;
 *   `age`: `4 min`, which passed since
 */
export function moment(at: number, form: "clock" | "day" | "second" | "age"): Markup {
  const iso = new Date(at).toISOString();
  const text = `${iso.slice(11, form === "second" ? 19 : 16)} UTC`;
  return element("time", { datetime: iso, "data-form": form }, text);
}

/**
 * What a program says, with the UTC times in it as moments: `waits until 14:03:59Z`.
 * @param near a time of day without its day is the one nearest to this, ms since 1970
 */
export function withMoments(text: string, near: number): Child {
  const time = /(\d{4}-\d\d-\d\dT)?(\d\d:\d\d:\d\d)Z/g;
  const today = new Date(near).toISOString().slice(0, 11);
  const parts: Child[] = [];
  let end = 0;
  for (const match of text.matchAll(time)) {
    const [whole, day, clock] = match;
    const at = Date.parse(`${day ?? today}${clock}Z`);
    const days = day === undefined ? Math.round((near - at) / dayMs) : 0;
    parts.push(text.slice(end, match.index), Number.isNaN(at) ? whole : moment(at + days * dayMs, "second"));
    end = match.index + whole.length;
  }
  return [...parts, text.slice(end)];
}
