import * as pulumi from "@pulumi/pulumi";
import { parseSettings, type Settings } from "./settings";

/** Every `kafka-on-ec2:*` key of the running stack by its bare name, secrets as plain text (they stay in this process). */
export function rawConfig(project = pulumi.getProject()): Record<string, unknown> {
  const prefix = `${project}:`;
  const all = pulumi.runtime.allConfig();
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

/** The running stack's checked settings. Throws `SettingsError` with all faults. */
export function readSettings(): Settings {
  const region = pulumi.runtime.allConfig()["aws:region"] ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  return parseSettings(rawConfig(), { project: pulumi.getProject(), stack: pulumi.getStack(), region });
}
