import { readFileSync } from "node:fs";
import type { ConsumerConfig, KafkaConfig, ProducerConfig, ProducerRecord } from "kafkajs";

/** What these applications need of the stack's outputs. */
export interface StackOutputs {
  readonly bootstrapServers: string;
  readonly clientProperties: {
    readonly kafkajs: {
      readonly client: KafkaConfig;
      readonly producer: ProducerConfig;
      readonly send: Pick<ProducerRecord, "acks" | "timeout" | "compression">;
      readonly consumerClient: KafkaConfig;
      readonly consumer: Omit<ConsumerConfig, "groupId">;
    };
  };
}

/** What of `clientProperties.kafkajs` has to be there: without brokers kafkajs would take the cluster to be away. */
const needed = ["client.brokers", "producer", "send", "consumerClient.brokers", "consumer"] as const;

/**
 * Reads `pulumi stack output --json` from the variable STACK_OUTPUTS (the text itself) or from the file that
 * STACK_OUTPUTS_FILE names (default outputs.json). Throws an error that says what is missing, and how to get it.
 */
export function readStackOutputs(variables: NodeJS.ProcessEnv): StackOutputs {
  const file = variables.STACK_OUTPUTS_FILE ?? "outputs.json";
  const place = variables.STACK_OUTPUTS === undefined ? `STACK_OUTPUTS_FILE=${file}` : "STACK_OUTPUTS";
  const remedy = "make it by `pulumi stack output --json --stack NAME >outputs.json` in the project's folder";
  let outputs: Partial<StackOutputs> | null;
  try {
    outputs = JSON.parse(variables.STACK_OUTPUTS ?? readFileSync(file, "utf8")) as Partial<StackOutputs> | null;
  } catch (error) {
    throw new Error(`${place} can't be read as JSON (${(error as Error).message}); ${remedy}`);
  }
  for (const name of needed) {
    const path = ["clientProperties", "kafkajs", ...name.split(".")];
    const found = path.reduce<unknown>((value, part) => (value as Record<string, unknown> | null)?.[part], outputs);
    if (found !== undefined && found !== null) continue;
    throw new Error(
      `${place} lacks ${path.join(".")}: the stack is not up, or is older than this application; ` +
        `update the stack, then ${remedy}`,
    );
  }
  return outputs as StackOutputs;
}
