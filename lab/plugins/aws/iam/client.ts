import { IAMClient } from "@aws-sdk/client-iam";

import { serviceClient } from "../core/context";

export const iam = serviceClient("iam", (settings) => new IAMClient(settings));
