import { join } from "node:path";

import { ensurePythonEnvironment } from "../../lab/setup/pythonEnvironment";

/** The Python of a virtual environment that has confluent-kafka. */
export function confluentPython(): Promise<string> {
  const requirements = join(__dirname, "librdkafkaRequirements.txt");
  return ensurePythonEnvironment({ name: "librdkafka", what: "confluent-kafka", requirements });
}
