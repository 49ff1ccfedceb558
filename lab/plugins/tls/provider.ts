import { createHash, generateKeyPair } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";

import type { PropertyMap } from "../aws/core/propertyValues";
import type { LocalProvider, LocalResource } from "../common/localResource";
import { opensshPrivateKey, opensshPublicBlob } from "./openssh";

const generate = promisify(generateKeyPair) as unknown as (
  type: "rsa" | "ed25519",
  options: { modulusLength?: number },
) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

const defaultRsaBits = 2048;

/** A key pair, in the notations of OpenSSH and of PEM. */
const privateKey: LocalResource = {
  token: "tls:index/privateKey:PrivateKey",
  inputs: {
    algorithm: z.enum(["ED25519", "RSA"], {
      error: "the local stand-in for the tls provider makes ED25519 and RSA keys only",
    }),
    rsaBits: z.number().int().min(2048).max(16384).optional(),
  },
  outputs: [
    "ecdsaCurve",
    "privateKeyOpenssh",
    "privateKeyPem",
    "privateKeyPemPkcs8",
    "publicKeyFingerprintMd5",
    "publicKeyFingerprintSha256",
    "publicKeyOpenssh",
    "publicKeyPem",
  ],
  secretOutputs: ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"],
  replaces: () => true,
  create: async (_operation, inputs) => {
    const { algorithm, rsaBits = defaultRsaBits } = inputs as { algorithm: "ED25519" | "RSA"; rsaBits?: number };
    const pair =
      algorithm === "RSA" ? await generate("rsa", { modulusLength: rsaBits }) : await generate("ed25519", {});
    const der = pair.publicKey.export({ type: "spki", format: "der" });
    return { id: createHash("sha1").update(der).digest("hex"), outputs: { rsaBits, ...keyOutputs(pair) } };
  },
};

function keyOutputs({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }): PropertyMap {
  const blob = opensshPublicBlob(publicKey);
  const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" });
  const isRsa = privateKey.asymmetricKeyType === "rsa";
  const md5 = createHash("md5").update(blob).digest("hex");
  return {
    // The real provider's default, which it gives for every algorithm.
    ecdsaCurve: "P224",
    privateKeyOpenssh: opensshPrivateKey(privateKey),
    privateKeyPem: isRsa ? privateKey.export({ type: "pkcs1", format: "pem" }) : pkcs8,
    privateKeyPemPkcs8: pkcs8,
    publicKeyFingerprintMd5: (md5.match(/../g) ?? []).join(":"),
    publicKeyFingerprintSha256: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
    publicKeyOpenssh: `${isRsa ? "ssh-rsa" : "ssh-ed25519"} ${blob.toString("base64")}\n`,
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }),
  };
}

/** Stands in for the tls provider. */
export const tlsProvider: LocalProvider = { name: "tls", version: "5.6.1", resources: [privateKey] };
