import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";

import { serviceClient } from "../core/context";
import { shortText } from "../core/kinds";
import { required, unsupportedAll } from "../core/property";
import { providerFunction } from "../core/resourceType";

const serviceQuotas = serviceClient("servicequotas", (settings) => new ServiceQuotasClient(settings));

export const getServiceQuota = providerFunction({
  token: "aws:servicequotas/getServiceQuota:getServiceQuota",
  properties: {
    serviceCode: required(shortText(63, 1)),
    quotaCode: required(shortText(128, 1)),
    ...unsupportedAll("quotaName"),
  },

  async invoke(context, inputs) {
    const client = serviceQuotas(context);
    const named = { ServiceCode: inputs.serviceCode, QuotaCode: inputs.quotaCode };
    const [{ Quota: first }, { Quota: own }] = await Promise.all([
      client.send(new GetAWSDefaultServiceQuotaCommand(named)),
      client.send(new GetServiceQuotaCommand(named)),
    ]);
    return {
      id: own?.QuotaArn,
      arn: own?.QuotaArn,
      adjustable: own?.Adjustable ?? false,
      defaultValue: first?.Value,
      globalQuota: own?.GlobalQuota ?? false,
      quotaCode: own?.QuotaCode,
      quotaName: own?.QuotaName,
      serviceCode: own?.ServiceCode,
      serviceName: own?.ServiceName,
      usageMetrics: [],
      value: own?.Value,
    };
  },
});
