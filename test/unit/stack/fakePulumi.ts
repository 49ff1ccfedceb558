/** A stand-in for Pulumi's command line, which a test tells what to tell. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackOutputs } from "../../../planning/cluster/outputs";
import { sampleOutputs } from "../planning/cluster/sampleOutputs";

/** Stands for the CLI: notes how it was called, and tells at a preview what it was given to tell. */
const fakeCli = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const [command, second] = process.argv.slice(2);
const file = (name) => process.env.FAKE_PULUMI + "/" + name;
appendFileSync(file("calls"), process.argv.slice(2).join(" ") + "\\n");
if (command === "version") console.log("v3.245.0");
if (command === "stack" && second === "--show-name" && existsSync(file("new"))) {
  console.error("error: no stack named 'prod' found");
  process.exitCode = 255;
}
if (command === "stack" && second === "init") rmSync(file("new"));
if (command === "whoami") console.log('{"url":"https://api.pulumi.com"}');
if (command === "state") rmSync(file("fails"));
if (command === "stack" && second === "export") console.log(readFileSync(file("state"), "utf8"));
if (command === "stack" && second === "output") console.log(readFileSync(file("outputs"), "utf8"));
if (command === "up" && existsSync(file("interrupts"))) {
  // As Pulumi: it finishes what it has begun.
  process.on("SIGINT", () => undefined);
  process.kill(Number(readFileSync(file("interrupts"))), "SIGHUP");
}
if (command === "up" && existsSync(file("slow"))) {
  const until = setInterval(() => undefined, 1000);
  process.on("SIGINT", () => {
    appendFileSync(file("calls"), "up ended\\n");
    clearInterval(until);
    process.exitCode = 255;
  });
}
const config = process.argv.indexOf("--config-file");
if (config > 0) writeFileSync(file("config"), readFileSync(process.argv[config + 1], "utf8"));
if (command === "up" && existsSync(file("unfinished"))) {
  // As often as the file has lines.
  const left = readFileSync(file("unfinished"), "utf8").split("\\n").slice(1).join("\\n");
  if (left === "") rmSync(file("unfinished"));
  else writeFileSync(file("unfinished"), left);
  tell("unfinishedEvents");
  process.exitCode = 255;
}
if (command === "preview") {
  tell("events");
  if (existsSync(file("fails"))) process.exitCode = 1;
}
function tell(events) {
  // gRPC by hand: its library takes a second to load.
  const address = process.argv[process.argv.indexOf("--event-log") + 1].replace("tcp://", "http://");
  const session = require("node:http2").connect(address);
  const headers = { ":method": "POST", ":path": "/pulumirpc.Events/StreamEvents", "content-type": "application/grpc", te: "trailers" };
  const stream = session.request(headers, { endStream: false });
  stream.on("close", () => session.close()).resume();
  for (const line of readFileSync(file(events), "utf8").split("\\n")) {
    const text = Buffer.from(line);
    const size = [text.length % 128 | 128, (text.length >> 7) % 128 | 128, text.length >> 14];
    const message = Buffer.concat([Buffer.from([10, ...size]), text]);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    if (line !== "") stream.write(Buffer.concat([prefix, message]));
  }
  stream.end();
}
`;

/** What its stack has for outputs. */
export const deployedOutputs: StackOutputs = sampleOutputs({
  bootstrapServers: "kafka-1.kafka.internal:9092",
  topics: [],
});

/** Puts it into a folder, for PATH and FAKE_PULUMI, with a stack that is deployed. */
export function writeFakePulumi(folder: string): void {
  writeFileSync(join(folder, "pulumi"), fakeCli, { mode: 0o755 });
  writeFileSync(join(folder, "outputs"), JSON.stringify(deployedOutputs));
  writeFileSync(join(folder, "state"), JSON.stringify({ version: 3 }));
}
