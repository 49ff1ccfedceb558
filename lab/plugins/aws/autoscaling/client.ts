import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";

import { serviceClient } from "../core/context";

export const autoScaling = serviceClient("autoscaling", (settings) => new AutoScalingClient(settings));
