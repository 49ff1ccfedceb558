import type { ProviderConfig } from "./core/config";
import type { Session } from "./core/context";
import { Refusal } from "./core/errors";

/** What a configured provider works with; asks for the account only when an ARN needs it, or to check it. */
export function openSession(config: ProviderConfig): Session {
  let account: Promise<string> | undefined;
  const session: Session = {
    config,
    clients: new Map(),
    account: () => (account ??= askForAccount(session)),
  };
  return session;
}

async function askForAccount(session: Session): Promise<string> {
  const { callerIdentity } = await import("./sts/callerIdentity");
  const { Account: account = "" } = await callerIdentity(session);
  const { allowedAccountIds, forbiddenAccountIds } = session.config;
  if (forbiddenAccountIds.includes(account) || (allowedAccountIds.length > 0 && !allowedAccountIds.includes(account))) {
    throw new Refusal(`AWS account ${account} is not allowed (aws:allowedAccountIds, aws:forbiddenAccountIds)`);
  }
  return account;
}
