import { createPublicKey, randomBytes } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";

/** A length in front, as everything in SSH's wire format has it (RFC 4251, section 5). */
function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive integer: without leading zeros, but with one where the first bit would make it negative. */
function integer(base64url: string | undefined): Buffer {
  let bytes = Buffer.from(base64url ?? "", "base64url");
  while (bytes.length > 1 && bytes[0] === 0) bytes = bytes.subarray(1);
  return text((bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

function jwkOf(key: KeyObject): JsonWebKey {
  return key.export({ format: "jwk" });
}

/** What stands, in base64, in the middle of an OpenSSH public key. */
export function opensshPublicBlob(key: KeyObject): Buffer {
  const { kty, x, e, n } = jwkOf(key);
  if (kty === "RSA") return Buffer.concat([text("ssh-rsa"), integer(e), integer(n)]);
  return Buffer.concat([text("ssh-ed25519"), text(Buffer.from(x ?? "", "base64url"))]);
}

function privateFields(key: KeyObject): Buffer {
  const { kty, x, d, e, n, p, q, qi } = jwkOf(key);
  if (kty === "RSA") return Buffer.concat([text("ssh-rsa"), ...[n, e, d, qi, p, q].map(integer)]);
  const [publicPart, seed] = [Buffer.from(x ?? "", "base64url"), Buffer.from(d ?? "", "base64url")];
  return Buffer.concat([text("ssh-ed25519"), text(publicPart), text(Buffer.concat([seed, publicPart]))]);
}

/** Ciphers pad to their block; without one it is 8 bytes. */
const blockBytes = 8;

/** The private key without passphrase in OpenSSH's own format (PROTOCOL.key in its sources). */
export function opensshPrivateKey(key: KeyObject): string {
  const check = randomBytes(4);
  const fields = Buffer.concat([check, check, privateFields(key), text("")]);
  const padding = Array.from(
    { length: (blockBytes - (fields.length % blockBytes)) % blockBytes },
    (_, index) => index + 1,
  );
  const one = Buffer.of(0, 0, 0, 1);
  const bytes = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    text("none"),
    text("none"),
    text(""),
    one,
    text(opensshPublicBlob(createPublicKey(key))),
    text(Buffer.concat([fields, Buffer.from(padding)])),
  ]);
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}
