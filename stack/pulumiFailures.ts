/** The meaning of Pulumi's own error texts for the user of this project. Pure. */

/** The error of a machine without Pulumi. */
export const missingPulumi =
  "the command `pulumi` is missing: install the Pulumi CLI (https://www.pulumi.com/docs/install/) and put it on the " +
  "PATH. For the local stack `npm start` builds or fetches it by itself";

/** The kind of a failure of Pulumi. */
export type FailureKind =
  | "no stack"
  | "locked"
  | "no passphrase"
  | "not logged in"
  | "plugin"
  | "protected"
  | "off plan"
  | "empty attributes"
  | "other";

/** The kind of failure that Pulumi's text tells of. */
export function failureKind(text: string): FailureKind {
  if (/no stack named .* found/.test(text)) return "no stack";
  if (/stack is currently locked by|Another update is currently in progress/.test(text)) return "locked";
  if (/failed to load checkpoint: EOF/.test(text)) return "empty attributes";
  if (/PULUMI_CONFIG_PASSPHRASE|incorrect passphrase/.test(text)) return "no passphrase";
  if (/PULUMI_ACCESS_TOKEN must be set|pulumi login|not logged in/i.test(text)) return "not logged in";
  if (/ violates plan: | is not allowed by the plan: /.test(text)) return "off plan";
  if (/it is currently marked for protection|is protected|cannot be deleted/i.test(text)) return "protected";
  if (
    /no resource plugin|could not find plugin|failed to load plugin|error downloading plugin|language plugin/i.test(
      text,
    )
  ) {
    return "plugin";
  }
  return "other";
}

/**
 * Pulumi's text without its decoration: no colours, no `error:`; and no stack trace below a fault of the configuration.
 */
export function cleanPulumiText(text: string): string {
  const lines = text.replace(/\u001b\[[0-9;]*m/g, "").split("\n");
  const shown = text.includes("SettingsError") ? lines.filter((line) => !/^\s+at \S/.test(line)) : lines;
  return shown
    .join("\n")
    .replace(/^error: /gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .replace(
      /( violates plan: properties changed: )(.*)/g,
      (_, said: string, values: string) => said + changedNames(values),
    )
    .trim();
}

/** The names of the properties that differ from a plan, without their values, which may be secret. */
function changedNames(values: string): string {
  const names = [...values.matchAll(/[~+=-]{1,2}([A-Za-z]\w*)\[/g)].map(([, name]) => name);
  return [...new Set(names)].join(", ");
}

/** A failed Pulumi command in words, with what to do about it. */
export function explainPulumiFailure(stderr: string, stack: string): string {
  const text = cleanPulumiText(stderr);
  switch (failureKind(stderr)) {
    case "no stack":
      return (
        `stack ${stack} does not exist; \`npm run deploy -- --stack ${stack}\` makes it, or \`pulumi stack ` +
        `init ${stack}\``
      );
    case "locked":
      return (
        `stack ${stack} is locked by another update, or by one that was killed:\n${text}\n` +
        `when nobody is updating it, \`pulumi cancel --stack ${stack}\` removes the lock, and \`npm run deploy -- ` +
        `--stack ${stack}\` goes on`
      );
    case "no passphrase":
      return (
        `Pulumi needs the passphrase of stack ${stack}'s secrets: set PULUMI_CONFIG_PASSPHRASE or ` +
        `PULUMI_CONFIG_PASSPHRASE_FILE\n${text}`
      );
    case "not logged in":
      return (
        `Pulumi has no backend to keep the state in: run \`pulumi login\` (or set PULUMI_ACCESS_TOKEN or ` +
        `PULUMI_BACKEND_URL)\n${text}`
      );
    case "protected":
      return (
        `${text}\nthe data volumes are protected (dataProtection): \`npm run deploy -- --stack ${stack} --destroy\` ` +
        "takes everything else down and leaves them for the cluster to come back with"
      );
    case "off plan":
      return (
        `${text}\nthis is not what the preview has shown: settings, program or image have changed since then, and ` +
        "nothing is done that nobody has seen; run it again"
      );
    case "empty attributes":
      return (
        `the state of stack ${stack} can't be read: ${text}\nan update that was killed has left an empty .attrs file ` +
        `in the back end of files, which \`npm run deploy -- --stack ${stack}\` removes`
      );
    case "plugin":
    case "other":
      return text === "" ? "Pulumi failed and said nothing" : text;
  }
}
