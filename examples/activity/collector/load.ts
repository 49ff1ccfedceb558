/** Sends events to a collector from many connections, and says how many it took and how long each answer took. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { parseArgs } from "node:util";

const usage = "npm run load -- http://127.0.0.1:8080 [--seconds 20] [--connections 32] [--events 20]";

async function main(): Promise<void> {
  const option = (preset: string) => ({ type: "string" as const, default: preset });
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: option("20"), connections: option("32"), events: option("20") },
  });
  const [seconds, connections, events] = [Number(values.seconds), Number(values.connections), Number(values.events)];
  const address = positionals[0] ?? "";
  if (!URL.canParse(address) || !(seconds > 0 && connections > 0 && events > 0)) throw new Error(`usage: ${usage}`);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const end = performance.now() + seconds * 1000;
  const answerMs: number[] = [];
  const statuses = new Map<number, number>();
  const work = async (client: number): Promise<void> => {
    for (let number = 0; performance.now() < end; number++) {
      const body = JSON.stringify(Array.from({ length: events }, () => event(client, number)));
      const started = performance.now();
      const sent = request(`${address}/events`, { method: "POST", agent, headers: { "content-type": "text/plain" } });
      sent.end(body);
      const [answer] = (await once(sent, "response")) as [IncomingMessage];
      await once(answer.resume(), "end");
      answerMs.push(performance.now() - started);
      statuses.set(answer.statusCode ?? 0, (statuses.get(answer.statusCode ?? 0) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, client) => work(client)));
  agent.destroy();
  answerMs.sort((a, b) => a - b);
  const at = (share: number) => `${answerMs[Math.floor(share * (answerMs.length - 1))]?.toFixed(0)} ms`;
  const rate = (((statuses.get(202) ?? 0) * events) / seconds).toFixed(0);
  const answers = [...statuses].map(([status, count]) => `${status} ${count} times`).join(", ");
  console.log(`${rate} events/s accepted; answers ${answers}; p50 ${at(0.5)}, p99 ${at(0.99)}`);
}

/** Users change, so that all partitions get events. */
function event(client: number, number: number): object {
  const at = new Date().toISOString();
  const common = { id: randomUUID(), user: `u-${client}-${number % 1000}`, session: `s-${client}`, at };
  return { ...common, type: "button_click", page: "/pricing", button: "buy" };
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
