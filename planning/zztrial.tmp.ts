import { readFileSync } from "node:fs";
import { Kafka, logLevel } from "kafkajs";
const { topics, client } = JSON.parse(readFileSync("/tmp/ptrial/plan.json", "utf8"));
const k = client.kafkajs;
const kafka = new Kafka({ clientId: "t", ...k.client, logLevel: logLevel.NOTHING });
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
async function main() {
  const t = topics[0];
  const producer = kafka.producer(k.producer); await producer.connect();
  const consumer = kafka.consumer({ groupId: "g2", ...k.consumer }); await consumer.connect(); await consumer.subscribe({ topics: [t.name], fromBeginning: true });
  const seen = new Set<string>(); await consumer.run({ eachMessage: async ({ message }) => { seen.add(message.value!.toString()); } });
  const run = Date.now().toString(36); let n = 0, acked: string[] = [], errors = 0; let stop = false; const gap = t.replicaAssignment.map(() => ({ last: Date.now(), worst: 0 }));
  const loop = async (p: number) => { while (!stop) { const id = `${run}-${p}-${n++}`; try { await producer.send({ topic: t.name, ...k.send, messages: [{ partition: p, value: id }] }); acked.push(id); const now = Date.now(); gap[p].worst = Math.max(gap[p].worst, now - gap[p].last); gap[p].last = now; } catch (e) { errors++; console.log(String(e)); } await sleep(20); } };
  const loops = t.replicaAssignment.map((_: unknown, p: number) => loop(p));
  setTimeout(() => { console.log("baseline", Math.max(...gap.map((g: any) => g.worst)), acked.length); gap.forEach((g: any) => (g.worst = 0)); process.kill(Number(process.env.VICTIM), "SIGKILL"); console.log("killed"); }, 12000);
  setTimeout(() => { stop = true; }, 50000);
  await Promise.all(loops); console.log("after kill worst gap ms", Math.max(...gap.map((g: any) => g.worst)), "acked", acked.length, "errors", errors);
  for (let i = 0; i < 60 && acked.some((id) => !seen.has(id)); i++) await sleep(500);
  console.log("missing", acked.filter((id) => !seen.has(id)).length);
  process.exit(0);
}
void main();
