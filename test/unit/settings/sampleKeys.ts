import { generateKeyPairSync } from "node:crypto";

/** A key pair that is made anew for each run: none is kept in the repository. */
export function sampleKeyPair(): { readonly sshPublicKey: string; readonly sshPrivateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  const blob = Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1"), Buffer.from(x, "base64url")]);
  return {
    sshPublicKey: `ssh-ed25519 ${blob.toString("base64")} me`,
    sshPrivateKey: String(privateKey.export({ format: "pem", type: "pkcs8" })),
  };
}
