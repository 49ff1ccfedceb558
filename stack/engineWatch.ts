import { Worker } from "node:worker_threads";

/**
 * The program of the watching thread. The program's own thread has no time left when it spins. It is JavaScript, as
 * nothing compiles TypeScript there.
 */
const watch = `
  const { connect } = require("node:net");
  const { host, port } = require("node:worker_threads").workerData;
  let refused = 0;
  setInterval(() => {
    const socket = connect({ host, port });
    socket.on("connect", () => { refused = 0; socket.destroy(); });
    // Twice one after the other: the engine is gone.
    socket.on("error", () => { if (++refused > 1) process.kill(process.pid, "SIGKILL"); });
  }, 2000);
`;

/**
 * Ends the program soon after the engine that runs it. Pulumi's SDK does so only in a program that has resources on
 * their way: one whose engine is killed before spins for ever, and grows by 6 MB a second.
 * @param address `host:port` of the engine; undefined outside of one, as in tests. Default: as the language host gives
 * it.
 */
export function endWithEngine(address = process.env.PULUMI_NODEJS_ENGINE): void {
  const [, host, port] = /^(.*):(\d+)$/.exec(address ?? "") ?? [];
  if (host === undefined) return;
  new Worker(watch, { eval: true, workerData: { host, port: Number(port) } }).unref();
}
