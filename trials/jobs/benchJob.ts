/**
 * The benchmark on the client host; bundled into one file. Reads PARAMETERS_FILE, writes RESULT_FILE, gives cues in its
 * log.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Cluster } from "./bench/cluster";
import type { BenchJobResult, BenchParameters } from "./bench/parameters";
import { Series } from "./bench/series";
import { Tools } from "./bench/tools";
import { variable } from "./variable";

/** Makes the measurements. What fails ends the job; what was measured before counts. */
async function bench(parameters: BenchParameters): Promise<BenchJobResult> {
  const { deadlineSeconds } = parameters;
  const cluster = new Cluster(parameters);
  const tools = new Tools(parameters);
  const series = new Series(parameters, cluster, tools);
  const { measured } = series;
  let done = false;
  const timeIsUp = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`not done within ${deadlineSeconds} s`)), deadlineSeconds * 1000);
  });
  try {
    await Promise.race([series.run(), cluster.watchDisks(() => done), timeIsUp]);
    return { measured };
  } catch (error) {
    return { measured, failure: (error as Error).message };
  } finally {
    done = true;
    await tools.kill();
    await series.removeTopic();
  }
}

async function main(): Promise<void> {
  const parameters = JSON.parse(readFileSync(variable("PARAMETERS_FILE"), "utf8")) as BenchParameters;
  const resultFile = variable("RESULT_FILE");
  writeFileSync(resultFile, JSON.stringify(await bench(parameters)));
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`benchmark: ${error.message}`);
    process.exit(1);
  },
);
