import { join } from "node:path";

import { cachedFolder, keyOf } from "../../lab/setup/cachedFolder";
import { findPython } from "../../lab/setup/python";
import { run } from "../../lab/setup/run";

const requirements = join(__dirname, "librdkafkaRequirements.txt");

/** The Python of a virtual environment that has confluent-kafka. */
export async function confluentPython(): Promise<string> {
  const python = await findPython();
  const folder = await cachedFolder({
    name: "librdkafka",
    key: keyOf([{ file: requirements }, python.version]),
    timeoutSeconds: 300,
    progress: () => undefined,
    build: async (draft) => {
      await run(python.path, ["-m", "venv", draft], { purpose: "making a virtual environment", timeoutSeconds: 120 });
      const install = ["install", "--quiet", "--require-hashes", "--no-deps", "-r", requirements];
      const options = { purpose: "installing confluent-kafka", timeoutSeconds: 240 };
      await run(join(draft, "bin", "python"), ["-m", "pip", "--disable-pip-version-check", ...install], options);
    },
  });
  return join(folder, "bin", "python");
}
