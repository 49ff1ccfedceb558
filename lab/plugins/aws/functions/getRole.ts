import { GetRoleCommand } from "@aws-sdk/client-iam";

import { shortText } from "../core/kinds";
import { required } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { iam } from "../iam/client";

export const getRole = providerFunction({
  token: "aws:iam/getRole:getRole",
  regional: false,
  properties: { name: required(shortText(64, 1)) },

  async invoke(context, inputs) {
    const { Role: found } = await iam(context).send(new GetRoleCommand({ RoleName: inputs.name }));
    return {
      id: found?.RoleName,
      name: found?.RoleName,
      arn: found?.Arn,
      assumeRolePolicy: decodeURIComponent(found?.AssumeRolePolicyDocument ?? ""),
      createDate: found?.CreateDate?.toISOString(),
      description: found?.Description ?? "",
      maxSessionDuration: found?.MaxSessionDuration,
      path: found?.Path,
      uniqueId: found?.RoleId,
    };
  },
});
