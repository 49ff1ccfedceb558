import { readFileSync } from "node:fs";
import type { ConsumerConfig, KafkaConfig } from "kafkajs";

/** What this application needs of the stack's outputs. */
export interface StackOutputs {
  readonly bootstrapServers: string;
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
  readonly clientProperties: {
    readonly kafkajs: { readonly consumerClient: KafkaConfig; readonly consumer: Omit<ConsumerConfig, "groupId"> };
  };
}

/**
 * Reads `pulumi stack output --json` from the variable STACK_OUTPUTS (the text itself) or from a file (default
 * outputs.json).
 */
export function readStackOutputs(file = process.env.STACK_OUTPUTS_FILE ?? "outputs.json"): StackOutputs {
  const text = process.env.STACK_OUTPUTS ?? readFileSync(file, "utf8");
  const outputs = JSON.parse(text) as Partial<StackOutputs>;
  if (outputs.bootstrapServers === undefined || outputs.clientProperties === undefined) {
    throw new Error(`the stack's outputs lack bootstrapServers or clientProperties: is the stack deployed?`);
  }
  return outputs as StackOutputs;
}
