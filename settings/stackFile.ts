import { parse } from "yaml";
import type { SettingsContext } from "./settings";

/** Stands for a value that is encrypted in the file: given, but not to be read here. */
const encryptedKey = "-----BEGIN PRIVATE KEY-----\n(sealed in the stack file)\n-----END PRIVATE KEY-----";

/**
 * The raw configuration of a stack out of the text of its Pulumi.<stack>.yaml, for a check before Pulumi's engine starts
 * (which stops at the first value of a wrong type, where `parseSettings` names every fault). `encrypted`: the keys whose value
 * only Pulumi can read; in `raw` a private key stands for it.
 */
export function readStackFile(
  text: string,
  names: { readonly project: string; readonly stack: string },
): { raw: Record<string, unknown>; context: SettingsContext; encrypted: string[] } {
  const file = parse(text) as { config?: Record<string, unknown> } | null;
  const config = file?.config ?? {};
  const prefix = `${names.project}:`;
  const raw = Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), isEncrypted(value) ? encryptedKey : value]),
  );
  const encrypted = Object.keys(raw).filter((key) => isEncrypted(config[`${prefix}${key}`]));
  const region = config["aws:region"];
  return { raw, context: { ...names, region: typeof region === "string" ? region : undefined }, encrypted };
}

function isEncrypted(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).join() === "secure";
}
