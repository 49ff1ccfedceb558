import { element, type Markup } from "../markup";

/**
 * A moment. The browser writes it anew, in its own time zone and as it passes; without its program the UTC time stands
 * there.
 * @param form `clock`: `14:03`; `day`: `14:03`, with the day when it is another one; `age`: `4 min`, which passed since
 */
export function moment(at: number, form: "clock" | "day" | "age"): Markup {
  const iso = new Date(at).toISOString();
  return element("time", { datetime: iso, "data-form": form }, `${iso.slice(11, 16)} UTC`);
}
