import type { ProviderConfig } from "./config";

/** What a configured provider shares between its operations. */
export interface Session {
  readonly config: ProviderConfig;
  readonly clients: Map<string, unknown>;
  /** The account's number, asked for once. */
  account(): Promise<string>;
}

/** What one operation (create, read, …) works with. */
export interface Context {
  readonly session: Session;
  readonly region: string;
  /** Deadline the program set for this operation (customTimeouts), in seconds. */
  readonly timeoutSeconds: number | undefined;
  /** Aborted when Pulumi cancels. */
  readonly signal: AbortSignal;
  /** Shows a line of progress beside the resource. */
  log(line: string): void;
}

/** What every AWS client is made with. */
export interface ClientSettings {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly maxAttempts: number;
}

/** Gives a service's client, made at the first use in a session. */
export function serviceClient<C>(
  service: string,
  make: (settings: ClientSettings) => C,
): (context: { readonly session: Session }) => C {
  return ({ session }) => {
    const existing = session.clients.get(service);
    if (existing !== undefined) return existing as C;
    const { region, credentials, maxAttempts, endpointOf } = session.config;
    const client = make({ region, credentials, maxAttempts, endpoint: endpointOf(service) });
    session.clients.set(service, client);
    return client;
  };
}

/** Amazon Resource Name in the session's account and region. */
export async function arnOf(context: Context, service: string, resource: string): Promise<string> {
  return `arn:aws:${service}:${context.region}:${await context.session.account()}:${resource}`;
}
