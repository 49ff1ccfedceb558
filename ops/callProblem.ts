import { lookup } from "node:dns/promises";
import { connect } from "node:net";

const probeMs = 3000;

/**
 * An error of an AWS call with what is needed to mend it: the call, AWS's words, and where AWS gave no answer at all,
 * what DNS and the network say of the host that was asked. Never rejects.
 * @param url the endpoint; undefined when it is not known
 */
export async function callProblem(call: string, message: string, url: string | undefined): Promise<Error> {
  const words = `${call}: ${message.replace(/\s+/g, " ").trim()}`;
  return new Error(url === undefined ? words : `${words}; ${await reachability(url)}`);
}

/**
 * The state of a URL's host, whether it has addresses and takes connections: `ec2.… is 10.20.0.5 (no connection within
 * 3 s)`.
 */
export async function reachability(url: string, timeoutMs = probeMs): Promise<string> {
  const { hostname, port, protocol } = new URL(url);
  const portNumber = Number(port || (protocol === "http:" ? 80 : 443));
  const found = await lookup(hostname, { all: true, family: 4 }).catch((error: Error) => error.message);
  if (typeof found === "string") return `${hostname} has no address here (${found}): look at the VPC's DNS settings`;
  const answers = await Promise.all(
    found.map(async ({ address }) => ({ address, problem: await connectionProblem(address, portNumber, timeoutMs) })),
  );
  const tried = answers.map(({ address, problem }) => `${address} (${problem ?? "takes connections"})`).join(", ");
  const remedy = answers.every(({ problem }) => problem === undefined)
    ? ""
    : `: look at the security groups and route tables between this host and it, port ${portNumber}`;
  return `${hostname} is ${tried}${remedy}`;
}

function connectionProblem(host: string, port: number, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (problem?: string) => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(timeoutMs, () => end(`no connection within ${timeoutMs / 1000} s`));
    socket.once("connect", () => end());
    socket.once("error", (error) => end(error.message));
  });
}
