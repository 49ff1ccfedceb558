import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";

import { serviceClient } from "../core/context";

export const cloudWatch = serviceClient("cloudwatch", (settings) => new CloudWatchClient(settings));
export const eventBridge = serviceClient("eventbridge", (settings) => new EventBridgeClient(settings));
