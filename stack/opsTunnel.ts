/** The way from a port of this machine to one of the ops host's loopback address, by SSH. */
import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../cli/userError";
import { sshOptions } from "../planning/cluster/sshOptions";
import { sshFiles, type OpsAccess } from "./opsAccess";

/** The time in ms for the way to open. A login takes a second, on a busy machine some more. */
const openMs = 30_000;
const lookMs = 250;
/** How often what listens at the other end may refuse before nothing does: systemd may just be starting it anew. */
const refusals = 8;

/** An open way. */
export interface Tunnel {
  /** Resolves with SSH's words when the way has closed by itself. */
  readonly lost: Promise<string>;
  close(): void;
}

/** What a look through the way finds: `away`, nobody listens here yet; `refused`, nobody listens there. */
export type Look = "answers" | "away" | "refused";

/** Whether something answers at a URL of this machine. */
export async function lookAt(url: string): Promise<Look> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(10_000), redirect: "manual" });
    return "answers";
  } catch (error) {
    const { cause } = error as Error & { readonly cause?: NodeJS.ErrnoException };
    return cause?.code === "ECONNREFUSED" ? "away" : "refused";
  }
}

/**
 * Opens the way, and waits until what is at its other end answers. Rejects with a UserError when the ops host does not
 * answer, or nothing listens there.
 * @param look for tests
 */
export async function openTunnel(
  access: OpsAccess,
  ports: { readonly local: number; readonly remote: number },
  signal: AbortSignal,
  look: typeof lookAt = lookAt,
): Promise<Tunnel> {
  const files = sshFiles(access);
  const options = [...sshOptions({ BatchMode: "yes", ExitOnForwardFailure: "yes" }), "-N"];
  const way = `127.0.0.1:${ports.local}:127.0.0.1:${ports.remote}`;
  // Ctrl-C in a terminal goes to every process of the foreground: this one is ended here, in good order.
  const child = spawn("ssh", [...files.options, ...options, "-L", way, access.target], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let said = "";
  child.stderr.on("data", (text: Buffer) => (said += text.toString()));
  const lost = new Promise<string>((resolve) => {
    child.on("error", ({ message }) => resolve(message));
    child.on("close", (code) => resolve(said.trim().split("\n").at(-1) || `ssh ended with ${code ?? "a signal"}`));
  });
  const end = () => void child.kill();
  process.once("exit", end);
  const close = () => {
    process.off("exit", end);
    end();
    files.remove();
  };
  void lost.then(close);
  try {
    await Promise.race([
      answered(`http://127.0.0.1:${ports.local}/`, ports.remote, access.target, signal, look),
      lost.then((why) => {
        throw new UserError(`${unreachable(access.target)}: ${why}`);
      }),
    ]);
  } catch (error) {
    close();
    throw error;
  }
  return { lost, close };
}

const unreachable = (target: string) =>
  `the ops host ${target} does not answer; a lost one is replaced within minutes, and sshCidrs says who may reach it`;

async function answered(
  url: string,
  remote: number,
  target: string,
  signal: AbortSignal,
  look: typeof lookAt,
): Promise<void> {
  const deadline = Date.now() + openMs;
  for (let refused = 0; ;) {
    const found = await look(url);
    if (found === "answers" || signal.aborted) return;
    if (found === "refused" && ++refused >= refusals) {
      throw new UserError(
        `nothing listens at 127.0.0.1:${remote} of the ops host ${target}: a stack that an earlier version deployed ` +
          "has no page (npm run deploy gives it one); or else, by npm run ops -- shell, systemctl status " +
          "kafka-page.socket says why",
      );
    }
    if (Date.now() > deadline) throw new UserError(`${unreachable(target)}: no way to it within ${openMs / 1000} s`);
    await pause(lookMs, undefined, { signal }).catch(() => undefined);
  }
}
