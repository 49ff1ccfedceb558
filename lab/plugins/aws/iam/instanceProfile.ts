import type { InstanceProfile } from "@aws-sdk/client-iam";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  DeleteInstanceProfileCommand,
  GetInstanceProfileCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  UntagInstanceProfileCommand,
} from "@aws-sdk/client-iam";

import type { Context } from "../core/context";
import { completing, unlessMissing } from "../core/errors";
import { defaulted, optional } from "../core/property";
import { resourceType } from "../core/resourceType";
import { iam } from "./client";
import { anExistingRole } from "./references";
import { nameOf128, path, roleName } from "./role";
import { taggingBy, tagList, tagsFrom } from "../core/tags";

async function findProfile(context: Context, name: string): Promise<InstanceProfile | undefined> {
  const command = new GetInstanceProfileCommand({ InstanceProfileName: name });
  return unlessMissing(async () => (await iam(context).send(command)).InstanceProfile);
}

async function setRole(context: Context, profile: string, wanted: string | undefined): Promise<void> {
  const current = (await findProfile(context, profile))?.Roles ?? [];
  for (const { RoleName } of current.filter((role) => role.RoleName !== wanted)) {
    await iam(context).send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: profile, RoleName }));
  }
  if (wanted === undefined || current.some((role) => role.RoleName === wanted)) return;
  await iam(context).send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: profile, RoleName: wanted }));
}

export const instanceProfile = resourceType({
  token: "aws:iam/instanceProfile:InstanceProfile",
  regional: false,
  properties: {
    ...nameOf128,
    path: defaulted(path, "/", { replaces: true }),
    role: optional(roleName, { reference: anExistingRole }),
  },
  outputs: ["arn", "createDate", "uniqueId"],
  autoname: { property: "name", unless: "namePrefix", mostCharacters: 128 },
  tagging: taggingBy({
    tag: (context, id, tags) =>
      iam(context).send(new TagInstanceProfileCommand({ InstanceProfileName: id, Tags: tagList(tags) })),
    untag: (context, id, TagKeys) =>
      iam(context).send(new UntagInstanceProfileCommand({ InstanceProfileName: id, TagKeys })),
  }),

  async create(context, inputs, tags) {
    const { InstanceProfile: made } = await iam(context).send(
      new CreateInstanceProfileCommand({
        InstanceProfileName: inputs.name ?? `${inputs.namePrefix}${Date.now()}`,
        Path: inputs.path,
        Tags: tagList(tags),
      }),
    );
    const id = made?.InstanceProfileName ?? "";
    return completing(id, () => setRole(context, id, inputs.role));
  },

  async read(context, id) {
    const found = await findProfile(context, id);
    if (found === undefined) return undefined;
    return {
      arn: found.Arn,
      name: found.InstanceProfileName,
      path: found.Path,
      role: found.Roles?.[0]?.RoleName,
      createDate: found.CreateDate?.toISOString(),
      uniqueId: found.InstanceProfileId,
      tags: tagsFrom(found.Tags),
    };
  },

  async update(context, id, { news, changed }) {
    if (changed.has("role")) await setRole(context, id, news.role);
  },

  async delete(context, id) {
    if ((await findProfile(context, id)) === undefined) return;
    await setRole(context, id, undefined);
    await unlessMissing(() => iam(context).send(new DeleteInstanceProfileCommand({ InstanceProfileName: id })));
  },
});
