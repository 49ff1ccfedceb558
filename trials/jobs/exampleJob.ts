/**
 * The pipeline of examples/activity on a client host; bundled into one file. Reads PARAMETERS_FILE, listens at
 * CONTROL_URL, and writes RESULT_FILE where there is a proof to give.
 */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Operator } from "./drill/operator";
import { serveFront } from "./example/front";
import { readyLine, type ExampleParameters } from "./example/parameters";
import { Pipeline } from "./example/pipeline";
import { databaseUrl } from "./example/postgres";
import { prove } from "./example/proof";
import { Visitors } from "./example/visitors";
import { variable } from "./variable";

async function main(): Promise<void> {
  const parameters = JSON.parse(readFileSync(variable("PARAMETERS_FILE"), "utf8")) as ExampleParameters;
  const { ports, applications, eventsPerSecond, proof, lookSeconds } = parameters;
  const url = databaseUrl(ports.postgres);
  const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  const pipeline = await Pipeline.start(parameters);
  try {
    const front = serveFront({
      pipeline,
      databaseUrl: url,
      page: join(applications, "live.html"),
      port: ports.front,
      onKill: (program) => pipeline.programs[program].kill(),
    });
    await once(front, "listening");
    console.log(readyLine);
    const visitors = new Visitors(pipeline.collector, eventsPerSecond);
    if (proof === undefined) {
      await Promise.race([ended, pause(lookSeconds * 1000)]);
      return;
    }
    const control = process.env.CONTROL_URL ?? "";
    const operator = control === "" ? undefined : new Operator(control);
    const result = await Promise.race([
      prove(proof, { pipeline, databaseUrl: url, visitors, operator }),
      ended.then((): never => {
        throw new Error("ended before everything was counted");
      }),
    ]);
    writeFileSync(variable("RESULT_FILE"), JSON.stringify(result));
  } finally {
    await pipeline.end();
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`example: ${error.message}`);
    process.exit(1);
  },
);
