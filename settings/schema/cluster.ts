import { z } from "zod";
import { parseJsonText, pattern, shown } from "../fields";
import { setting } from "./setting";

/**
 * The most tags that may be given: AWS takes 50, and the rest is left to the program's own and to those of the
 * provider.
 */
const mostTags = 40;

/**
 * The characters that every service takes in a tag: EC2 itself takes any, IAM no others than these (its API's `Tag`).
 */
const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const tagCharactersInWords = "letters, digits, spaces and _.:/=+-@";

const tagValue = z.preprocess(
  // `pulumi config set --path tags.costCenter 1234` keeps a number.
  (value) => (typeof value === "number" || typeof value === "boolean" ? String(value) : value),
  z
    .string({ error: ({ input }) => `${shown(input)} is not a text; put it in quotes` })
    .max(256, { error: ({ input }) => `${shown(input)} has more than the 256 characters that AWS takes; shorten it` })
    .regex(tagCharacters, { error: ({ input }) => `${shown(input)} has other characters than ${tagCharactersInWords}` })
    .refine((value) => !/^aws:/i.test(value), {
      error: ({ input }) => `${shown(input)} begins with aws:, which AWS keeps for itself; choose another`,
    }),
);

function tagKeyProblem(key: string, others: readonly string[]): string | undefined {
  if (key === "") return "the key is empty; give a name";
  if (key.length > 127) return `has ${key.length} characters, AWS takes 127; shorten it`;
  if (!tagCharacters.test(key)) return `has other characters than ${tagCharactersInWords}; rename it`;
  if (key.trim() !== key) return "begins or ends with a space; remove it";
  if (/^aws:/i.test(key)) return "begins with aws:, which AWS keeps for itself; rename it";
  if (/^name$/i.test(key)) return "is the program's own tag on everything that it makes; rename it";
  if (/^kafka-on-ec2:/i.test(key)) return "begins with kafka-on-ec2:, by which the program knows its own; rename it";
  const twin = others.find((other) => other.toLowerCase() === key.toLowerCase());
  return twin === undefined ? undefined : `differs from "${twin}" only in capitals, which IAM takes for one; keep one`;
}

/** Settings of the cluster as a whole. */
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
  tags: setting({
    place: "tags",
    type: "map",
    default: {},
    description:
      `Tags of your own on everything that is made, volumes and instances included, ${mostTags} at most: for cost ` +
      "reports and policies.",
    example: { team: "events", "cost-center": "1234" },
    rule: z.preprocess(
      parseJsonText,
      z
        .record(z.string(), tagValue, {
          error: ({ input }) => `${shown(input)} is not a map of texts; write e.g. {"team": "events"}`,
        })
        .superRefine((tags, context) => {
          const keys = Object.keys(tags);
          if (keys.length > mostTags) {
            const message =
              `${keys.length} tags; give ${mostTags} or fewer, as AWS takes 50 and the ` + "program has its own";
            context.addIssue({ code: "custom", message });
          }
          for (const [index, key] of keys.entries()) {
            const problem = tagKeyProblem(key, keys.slice(0, index));
            if (problem) context.addIssue({ code: "custom", path: [key], message: problem });
          }
        }),
    ),
  }),
  permissionsBoundary: setting({
    place: "permissionsBoundary",
    type: "text",
    default: "",
    description:
      "ARN of the IAM policy that bounds what the roles of nodes and ops host may do, where your account demands " +
      "one. Empty = none.",
    example: "arn:aws:iam::123456789012:policy/boundary",
    rule: pattern(
      /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/,
      "the ARN of an IAM policy such as arn:aws:iam::123456789012:policy/boundary",
      "no boundary",
    ),
  }),
};
