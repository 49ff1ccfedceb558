import { DescribeKeyCommand, KMSClient } from "@aws-sdk/client-kms";

import { serviceClient } from "../core/context";
import { shortText } from "../core/kinds";
import { required, unsupportedAll } from "../core/property";
import { providerFunction } from "../core/resourceType";

const kms = serviceClient("kms", (settings) => new KMSClient(settings));

export const getKey = providerFunction({
  token: "aws:kms/getKey:getKey",
  properties: { keyId: required(shortText(2048, 1)), ...unsupportedAll("grantTokens") },

  async invoke(context, inputs) {
    const { KeyMetadata: found } = await kms(context).send(new DescribeKeyCommand({ KeyId: inputs.keyId }));
    return {
      id: found?.KeyId,
      keyId: inputs.keyId,
      arn: found?.Arn,
      awsAccountId: found?.AWSAccountId,
      creationDate: found?.CreationDate?.toISOString(),
      customerMasterKeySpec: found?.CustomerMasterKeySpec,
      description: found?.Description ?? "",
      enabled: found?.Enabled ?? false,
      keyManager: found?.KeyManager,
      keySpec: found?.KeySpec,
      keyState: found?.KeyState,
      keyUsage: found?.KeyUsage,
      multiRegion: found?.MultiRegion ?? false,
      origin: found?.Origin,
    };
  },
});
