import type { KeyPairInfo } from "@aws-sdk/client-ec2";
import { DeleteKeyPairCommand, DescribeKeyPairsCommand, ImportKeyPairCommand } from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { unlessMissing } from "../core/errors";
import { shortText, textOf } from "../core/kinds";
import { optional, required } from "../core/property";
import { resourceType } from "../core/resourceType";
import { ec2 } from "./client";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";

async function findKeyPair(context: Context, name: string): Promise<KeyPairInfo | undefined> {
  return unlessMissing(
    async () => (await ec2(context).send(new DescribeKeyPairsCommand({ KeyNames: [name] }))).KeyPairs?.[0],
  );
}

export const keyPair = resourceType({
  token: "aws:ec2/keyPair:KeyPair",
  properties: {
    keyName: optional(shortText(255, 1), { computed: true, replaces: true }),
    keyNamePrefix: optional(shortText(229, 1), { computed: true, replaces: true }),
    publicKey: required(
      textOf(
        /^(ssh-rsa|ssh-ed25519) [A-Za-z0-9+/]{60,}={0,2}(\s.*)?\s*$/,
        "an OpenSSH public key (ssh-rsa or ssh-ed25519)",
      ),
      { replaces: true },
    ),
  },
  outputs: ["arn", "fingerprint", "keyPairId", "keyType"],
  // The id of a key pair in Pulumi is its name; AWS tags it by its key-… id.
  tagging: {
    retag: (context, _name, set, remove, state) =>
      ec2Tagging.retag(context, state.keyPairId as string, set, remove, state),
  },
  autoname: { property: "keyName", unless: "keyNamePrefix", mostCharacters: 255 },

  async create(context, inputs, tags) {
    const { KeyName } = await ec2(context).send(
      new ImportKeyPairCommand({
        KeyName: inputs.keyName ?? `${inputs.keyNamePrefix}${Date.now()}`,
        PublicKeyMaterial: Buffer.from(inputs.publicKey.trim()),
        TagSpecifications: tagSpecifications("key-pair", tags),
      }),
    );
    return KeyName ?? "";
  },

  async read(context, id) {
    const found = await findKeyPair(context, id);
    if (found === undefined) return undefined;
    return {
      arn: await arnOf(context, "ec2", `key-pair/${id}`),
      keyName: found.KeyName,
      fingerprint: found.KeyFingerprint,
      keyPairId: found.KeyPairId,
      keyType: found.KeyType,
      tags: tagsFrom(found.Tags),
    };
  },

  async delete(context, id) {
    await unlessMissing(() => ec2(context).send(new DeleteKeyPairCommand({ KeyName: id })));
  },
});
