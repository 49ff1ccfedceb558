import { GetParameterCommand } from "@aws-sdk/client-ssm";

import { unlessMissing } from "../core/errors";
import { flag, shortText } from "../core/kinds";
import { defaulted, required } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { ssm } from "../ssm/client";
import { theOnly } from "./filters";

export const getParameter = providerFunction({
  token: "aws:ssm/getParameter:getParameter",
  properties: {
    name: required(shortText(2048, 1)),
    withDecryption: defaulted(flag, true),
  },
  secretOutputs: ["value"],

  async invoke(context, inputs) {
    const command = new GetParameterCommand({ Name: inputs.name, WithDecryption: inputs.withDecryption });
    const answer = await unlessMissing(() => ssm(context).send(command));
    const found = theOnly(
      answer?.Parameter === undefined ? [] : [answer.Parameter],
      `SSM parameter named ${inputs.name}`,
    );
    return {
      id: inputs.name,
      arn: found.ARN,
      name: found.Name,
      type: found.Type,
      value: found.Value,
      insecureValue: found.Type === "SecureString" ? undefined : found.Value,
      version: found.Version,
    };
  },
});
