import { createHash } from "node:crypto";

/** SHA-512 of a content, 128 hexadecimal digits. */
export function sha512Of(content: Uint8Array | string): string {
  return createHash("sha512").update(content).digest("hex");
}
