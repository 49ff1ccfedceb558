import { connect } from "node:net";

/** So many refused connections one after the other mean that the engine is gone. */
const enough = 2;

/**
 * Ends the program soon after the engine that runs it. Pulumi's SDK does not notice that: when the engine is killed, the
 * program goes on, and takes gigabytes within minutes.
 * @param address `host:port` of the engine; undefined outside of one, as in tests. Default: as the language host gives it.
 * @param end for tests, as is `checkMs`
 * @returns the function that stops watching
 */
export function endWithEngine(
  address = process.env.PULUMI_NODEJS_ENGINE,
  end: () => void = () => process.exit(1),
  checkMs = 3000,
): () => void {
  const [, host, port] = /^(.*):(\d+)$/.exec(address ?? "") ?? [];
  if (host === undefined || port === undefined) return () => undefined;
  let refused = 0;
  const timer = setInterval(() => {
    const socket = connect({ host, port: Number(port) });
    socket.unref();
    socket.on("connect", () => {
      refused = 0;
      socket.destroy();
    });
    socket.on("error", () => {
      refused++;
      if (refused < enough) return;
      stop();
      end();
    });
  }, checkMs);
  timer.unref();
  const stop = () => clearInterval(timer);
  return stop;
}
