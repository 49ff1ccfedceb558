import { SNSClient } from "@aws-sdk/client-sns";

import { serviceClient } from "../core/context";
import { textOf } from "../core/kinds";

export const sns = serviceClient("sns", (settings) => new SNSClient(settings));

export const topicArn = textOf(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/, "the ARN of a topic");
