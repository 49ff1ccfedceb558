import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { unlessMissing } from "../core/errors";
import { waitFor } from "../core/wait";
import { ec2 } from "./client";

/** Waits for each of the instances to be terminated, or gone. */
export async function waitUntilTerminated(
  context: Context,
  ids: readonly string[],
  timeoutSeconds: number,
): Promise<void> {
  for (const id of ids) {
    let state = "";
    await waitFor(context, {
      what: `instance ${id} to be terminated`,
      timeoutSeconds,
      seen: () => state,
      poll: async () => {
        const command = new DescribeInstancesCommand({ InstanceIds: [id] });
        const found = await unlessMissing(() => ec2(context).send(command));
        state = found?.Reservations?.[0]?.Instances?.[0]?.State?.Name ?? "terminated";
        return state === "terminated" ? true : undefined;
      },
    });
  }
}
