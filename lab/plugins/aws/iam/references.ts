import type { Context } from "../core/context";
import { unlessMissing } from "../core/errors";
import type { Reference } from "../core/property";

/** Loaded when first asked for: most types that name a profile or role do without the IAM client otherwise. */
async function profileNamed(context: Context, name: string) {
  const [{ GetInstanceProfileCommand }, { iam }] = await Promise.all([
    import("@aws-sdk/client-iam"),
    import("./client"),
  ]);
  const command = new GetInstanceProfileCommand({ InstanceProfileName: name });
  return unlessMissing(async () => (await iam(context).send(command)).InstanceProfile);
}

export const anExistingInstanceProfile: Reference = {
  noun: "instance profile",
  exists: async (context, name) => (await profileNamed(context, name)) !== undefined,
};

export const anExistingInstanceProfileArn: Reference = {
  noun: "instance profile",
  exists: async (context, arn) => (await profileNamed(context, arn.split("/").at(-1) ?? ""))?.Arn === arn,
};

export const anExistingRole: Reference = {
  noun: "role",
  async exists(context, name) {
    const [{ GetRoleCommand }, { iam }] = await Promise.all([import("@aws-sdk/client-iam"), import("./client")]);
    const found = await unlessMissing(() => iam(context).send(new GetRoleCommand({ RoleName: name })));
    return found !== undefined;
  },
};
