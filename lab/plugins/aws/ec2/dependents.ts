import type { Context } from "../core/context";
import { awsErrorCode, isNotFound } from "../core/errors";
import { waitFor } from "../core/wait";

/** As long as the real provider tries. */
const defaultTimeoutSeconds = 20 * 60;

const inUseCodes = new Set([
  "DependencyViolation",
  "IncorrectState",
  "InvalidNetworkInterface.InUse",
  "ResourceInUse",
  "VolumeInUse",
]);

function isInUse(error: unknown): boolean {
  const code = awsErrorCode(error);
  if (inUseCodes.has(code)) return true;
  return code === "InvalidParameterValue" && /in use/i.test((error as Error).message);
}

/** Deletes, trying again while AWS says that something still uses it; what is gone already is fine. */
export async function deleteWhenFree(
  context: Context,
  what: string,
  remove: () => Promise<unknown>,
  timeoutSeconds = defaultTimeoutSeconds,
): Promise<void> {
  let reason = "";
  await waitFor(context, {
    what: `${what} to be no longer in use`,
    timeoutSeconds,
    seen: () => reason,
    poll: async () => {
      try {
        await remove();
        return true;
      } catch (error) {
        if (isNotFound(error)) return true;
        if (!isInUse(error)) throw error;
        reason = (error as Error).message;
        return undefined;
      }
    },
  });
}
