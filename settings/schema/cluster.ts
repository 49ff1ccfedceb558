import { pattern } from "../fields";
import { setting } from "./setting";

/** The cluster as a whole. */
export const clusterSettings = {
  clusterName: setting({
    place: "clusterName",
    type: "text",
    default: "",
    description: "Prefix of the names of everything made, at most 32 characters. Empty = kafka-<stack>.",
    example: "kafka-events",
    plain: true,
    rule: pattern(
      /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
      "a name of 1 to 32 lower-case letters, digits and '-', starting with a letter",
      "kafka-<stack>",
    ),
  }),
};
