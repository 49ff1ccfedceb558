import { z } from "zod";
import { stackOutputs } from "./outputs";

/** The JSON schema of a stack's outputs, for applications in other languages. */
export function outputsSchemaText(): string {
  const schema = z.toJSONSchema(stackOutputs, { unrepresentable: "any", io: "input" });
  const head = { title: "Outputs of a kafka-on-ec2 stack", description: "Outputs are added, never renamed." };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
