import type { Settings } from "../../settings/settings";

/** The entries of `brokerConfig`, by key. */
export function brokerConfigMap({ brokers }: Pick<Settings, "brokers">): Readonly<Record<string, string>> {
  return Object.fromEntries(
    brokers.config.map((entry) => {
      const separator = entry.indexOf("=");
      return [entry.slice(0, separator), entry.slice(separator + 1)];
    }),
  );
}
