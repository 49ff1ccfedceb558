/** The AWS clients of the commands: a call ends, whatever the network does. Loads no service's part of the SDK. */
import type { EC2Client } from "@aws-sdk/client-ec2";
import { isSilence } from "../cli/userError";

/**
 * The limits of a call. Left to itself the SDK waits for a host that does not answer as long as the kernel does, or for
 * ever. A call that gets no answer ends after about two minutes here, one whose host can't be reached after half a
 * minute.
 */
export const callLimits = {
  maxAttempts: 4,
  requestHandler: {
    // Milliseconds.
    connectionTimeout: 5000,
    // Until the answer begins. A job's bundle (about 1 MB) is the most that is sent.
    requestTimeout: 30_000,
    throwOnRequestTimeout: true,
    // Silence, also in the middle of an answer.
    socketTimeout: 30_000,
  },
};

interface Settings {
  readonly region?: string;
  readonly profile?: string;
  /** When checksums are computed; only S3 has it. */
  readonly requestChecksumCalculation?: "WHEN_REQUIRED";
}

/** A client of any service of the SDK: `awsClient(IAMClient, { region })` */
export function awsClient<Client extends { readonly middlewareStack: unknown }>(
  Service: new (settings: Settings & typeof callLimits) => Client,
  settings: Settings,
  limits = callLimits,
): Client {
  return naming(new Service({ ...settings, ...limits }));
}

/** Has the client's errors name the call: what the network or the SDK says when there is no answer does not. */
function naming<Client extends { readonly middlewareStack: unknown }>(client: Client): Client {
  const stack = client.middlewareStack as EC2Client["middlewareStack"];
  stack.add(
    (next, { clientName, commandName }) =>
      async (args) => {
        try {
          return await next(args);
        } catch (error) {
          if (error instanceof Error && isSilence(error)) {
            const why = error.message || (error as NodeJS.ErrnoException).code;
            error.message = `${clientName?.replace(/Client$/, "")} ${commandName?.replace(/Command$/, "")}: ${why}`;
          }
          throw error;
        }
      },
    { step: "initialize", name: "nameTheCall" },
  );
  return client;
}
