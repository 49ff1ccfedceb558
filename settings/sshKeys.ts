import { createPrivateKey, createPublicKey } from "node:crypto";

/*
 * What is wrong with a pair of SSH keys, found without a program: RFC 4253 (public keys), PROTOCOL.key of OpenSSH, PEM.
 * No message shows a private key.
 */

/** The text that stands for a key which is encrypted in the stack's file: given, but not to be read here. */
export const sealedKey = "-----BEGIN PRIVATE KEY-----\n(sealed in the stack file)\n-----END PRIVATE KEY-----";

const keyTypes = ["ssh-ed25519", "ssh-rsa"];
const remedy = "give the whole text of the key file, as a secret: pulumi config set --secret sshPrivateKey < KEYFILE";
const openingLine = /^-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----/;

/** The reason for which AWS or sshd would not take this public key; undefined when they would. */
export function publicKeyProblem(text: string): string | undefined {
  const [, type = "", data = ""] = /^(\S+)\s+([A-Za-z0-9+/]+={0,3})(\s.*)?$/.exec(text) ?? [];
  const what =
    'an OpenSSH public key ("ssh-ed25519 AAAA…" or "ssh-rsa AAAA…"); leave it empty for a key pair made by the program';
  if (text.includes("PRIVATE KEY-----")) return `(hidden) is a private key, and not ${what}`;
  // AWS imports RSA and ED25519 keys, no others.
  if (!keyTypes.includes(type)) return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}" is not ${what}`;
  const fields = sshStrings(Buffer.from(data, "base64"));
  const right = fields?.[0]?.toString() === type && fields.length === (type === "ssh-rsa" ? 3 : 2);
  return right
    ? undefined
    : `"${type} ${data.slice(0, 12)}…" is cut off, or damaged; give the whole line of the .pub file`;
}

/** The reason for which nobody could log in with this private key; undefined when one could. */
export function privateKeyProblem(text: string): string | undefined {
  if (text === sealedKey) return undefined;
  if (/^PuTTY-User-Key-File/.test(text))
    return (
      "(hidden) is PuTTY's own format; export it as an OpenSSH key (puttygen KEY.ppk -O private-openssh), " +
      "and give that"
    );
  if (/^(ssh-|ecdsa-)/.test(text)) return `(hidden) is the public key; ${remedy}`;
  const kind = openingLine.exec(text)?.[1];
  if (kind === undefined) return `(hidden) is not a private key in PEM; ${remedy}`;
  if (kind.includes("ENCRYPTED") || /^Proc-Type:.*ENCRYPTED/m.test(text)) return passphrase;
  if (!/-----END [A-Z0-9 ]*PRIVATE KEY-----\s*$/.test(text))
    return `(hidden) is cut off, its last line is missing; ${remedy}`;
  if (!/-----\r?\n[\s\S]*\n-----END/.test(text)) return `(hidden) has lost its line breaks; ${remedy}`;
  const found = publicPartOf(text);
  if (typeof found === "string") return `(hidden) ${found}`;
  const type = sshStrings(found)?.[0]?.toString() ?? "";
  return keyTypes.includes(type)
    ? undefined
    : `(hidden) has the type ${type || "of no SSH key"}, which AWS does not take; give an ED25519 or RSA key`;
}

/** Whether the two are of one pair; where the private key can't be read here they are taken to be. */
export function isPair(publicKey: string, privateKey: string): boolean {
  if (privateKey === sealedKey) return true;
  const found = publicPartOf(privateKey);
  const given = Buffer.from(publicKey.split(/\s+/)[1] ?? "", "base64");
  return typeof found === "string" || given.equals(found);
}

const passphrase =
  "(hidden) has a passphrase; give a key without one, as a secret (ssh-keygen -p -N '' -f KEYFILE takes it off a copy)";

/** The public key in SSH's encoding, or what is wrong with the private one. */
function publicPartOf(text: string): Buffer | string {
  const damaged = `is damaged, or a part of it is missing; ${remedy}`;
  if (!text.startsWith("-----BEGIN OPENSSH")) {
    try {
      const key = createPublicKey(createPrivateKey(text)).export({ format: "jwk" });
      if (key.kty === "OKP" && key.crv === "Ed25519") return sshEncoded("ssh-ed25519", fromUrl(key.x));
      if (key.kty === "RSA") return sshEncoded("ssh-rsa", positive(fromUrl(key.e)), positive(fromUrl(key.n)));
      return sshEncoded(`${key.kty} ${key.crv ?? ""}`.trim());
    } catch {
      return damaged;
    }
  }
  const magic = "openssh-key-v1\0";
  const body = Buffer.from(text.replace(/-----[^-]*-----/g, "").replace(/\s/g, ""), "base64");
  if (body.subarray(0, magic.length).toString("latin1") !== magic) return damaged;
  const rest = body.subarray(magic.length);
  // Cipher, key derivation and its options; then how many keys, the public one, and the private part.
  const head = sshStrings(rest, 3);
  if (head === undefined) return damaged;
  if (head[0]?.toString() !== "none") return passphrase.replace("(hidden) ", "");
  const after = rest.subarray(head.reduce((sum, part) => sum + 4 + part.length, 0) + 4);
  const keys = sshStrings(after, 2);
  const [publicPart, privatePart] = keys ?? [];
  if (publicPart === undefined || privatePart === undefined || privatePart.length < 8) return damaged;
  return privatePart.readUInt32BE(0) === privatePart.readUInt32BE(4) ? publicPart : damaged;
}

/**
 * The strings of SSH's encoding, a length before each: all of them, or the first so many. Nothing when a length does
 * not fit.
 */
function sshStrings(data: Buffer, most = Infinity): Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let at = 0; found.length < most && (at < data.length || most < Infinity);) {
    if (at + 4 > data.length) return undefined;
    const end = at + 4 + data.readUInt32BE(at);
    if (end > data.length) return undefined;
    found.push(data.subarray(at + 4, end));
    at = end;
  }
  return found;
}

function sshEncoded(type: string, ...parts: readonly Buffer[]): Buffer {
  return Buffer.concat(
    [Buffer.from(type), ...parts].flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

/** The number with a zero before it where its first bit is set: it would be negative otherwise. */
function positive(number: Buffer): Buffer {
  return (number[0] ?? 0) >= 128 ? Buffer.concat([Buffer.of(0), number]) : number;
}

function fromUrl(text: unknown): Buffer {
  return Buffer.from(String(text), "base64url");
}
