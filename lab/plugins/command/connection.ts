import { z } from "zod";

function unsupported(what: string) {
  return z.undefined({ error: `${what} is not supported by the local stand-in for the command provider` }).optional();
}

/** How to reach a host. The real provider checks no host key unless one is given; nor does this one. */
export const connectionSchema = z.strictObject({
  host: z.string().min(1),
  port: z.number().int().min(1).max(65535).default(22),
  user: z.string().min(1).default("root"),
  privateKey: z.string().optional(),
  agentSocketPath: z.string().optional(),
  hostKey: z
    .string()
    .regex(/^[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?\s*$/, "must be an OpenSSH public key: type, base64, comment")
    .optional(),
  /** Dials that may fail; -1: any number. */
  dialErrorLimit: z.number().int().min(-1).default(10),
  /** Seconds; 0: as long as the system waits. */
  perDialTimeout: z.number().int().min(0).default(15),
  password: unsupported("password"),
  privateKeyPassword: unsupported("privateKeyPassword"),
  proxy: unsupported("proxy"),
});

export type Connection = z.infer<typeof connectionSchema>;
