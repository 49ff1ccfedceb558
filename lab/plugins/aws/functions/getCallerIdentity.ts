import { unsupportedAll } from "../core/property";
import { providerFunction } from "../core/resourceType";
import { callerIdentity } from "../sts/callerIdentity";

export const getCallerIdentity = providerFunction({
  token: "aws:index/getCallerIdentity:getCallerIdentity",
  regional: false,
  properties: unsupportedAll("id"),

  async invoke(context) {
    const { Account, Arn, UserId } = await callerIdentity(context.session);
    return { id: Account, accountId: Account, arn: Arn, userId: UserId };
  },
});
