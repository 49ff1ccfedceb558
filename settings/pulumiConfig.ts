import * as pulumi from "@pulumi/pulumi";
import { SettingsError } from "./faults";
import { checkSettings } from "./check";
import type { InstanceFacts } from "./instanceTypes";
import { namespaceFault } from "./namespaces";
import type { Settings } from "./settings";
import { regionFrom } from "./region";

/**
 * Every `kafka-on-ec2:*` key of the running stack by its bare name, secrets as plain text (they stay in this process).
 */
export function rawConfig(project = pulumi.getProject()): Record<string, unknown> {
  const prefix = `${project}:`;
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

/**
 * The running stack's checked settings. Throws `SettingsError` with all faults.
 * @param learnedTypes what EC2 says of the instance types that settings/instanceTypes.ts lacks. Default: nothing
 */
export function readSettings(learnedTypes: readonly InstanceFacts[] = []): Settings {
  const region = pulumi.runtime.allConfig()["aws:region"] ?? regionFrom(process.env);
  const project = pulumi.getProject();
  const raw = rawConfig(project);
  const { settings, faults } = checkSettings(raw, { project, stack: pulumi.getStack(), region, learnedTypes });
  const path = "sshPrivateKey";
  const openFault = {
    path,
    message: "(hidden) is kept as plain text; make a new key pair, and set this with pulumi config set --secret",
  };
  const all = [
    ...Object.keys(pulumi.runtime.allConfig()).flatMap((key) => namespaceFault(key, project) ?? []),
    ...faults,
    ...(raw[path] && !isSecret(`${project}:${path}`) ? [openFault] : []),
  ];
  if (!settings || all.length > 0) throw new SettingsError(all);
  return settings;
}

/** Whether a key is a secret. Pulumi's own question, which its type declarations leave out. */
function isSecret(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean }).isConfigSecret(key);
}
