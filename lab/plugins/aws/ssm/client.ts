import { SSMClient } from "@aws-sdk/client-ssm";

import { serviceClient } from "../core/context";

export const ssm = serviceClient("ssm", (settings) => new SSMClient(settings));
