import type { GetCallerIdentityCommandOutput } from "@aws-sdk/client-sts";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

import type { Session } from "../core/context";
import { serviceClient } from "../core/context";

const sts = serviceClient("sts", (settings) => new STSClient(settings));

export async function callerIdentity(session: Session): Promise<GetCallerIdentityCommandOutput> {
  return sts({ session }).send(new GetCallerIdentityCommand({}));
}
