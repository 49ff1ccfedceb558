import { EC2Client } from "@aws-sdk/client-ec2";

import { serviceClient } from "../core/context";

export const ec2 = serviceClient("ec2", (settings) => new EC2Client(settings));
