import { parseSettings } from "../../../settings/check";
import type { Settings } from "../../../settings/settings";

export const sampleContext = { project: "kafka-on-ec2", stack: "test", region: "us-east-1" };

/** The smallest configuration that is sound: everything else has a default. */
export const sampleConfig: Readonly<Record<string, unknown>> = { sshCidrs: ["198.51.100.0/24"] };

/** Sound settings, with some keys given another value. */
export function sampleSettings(changes: Record<string, unknown> = {}): Settings {
  return parseSettings({ ...sampleConfig, ...changes }, sampleContext);
}
