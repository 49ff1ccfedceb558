import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  DeleteInternetGatewayCommand,
  DescribeInternetGatewaysCommand,
  DetachInternetGatewayCommand,
} from "@aws-sdk/client-ec2";
import type { InternetGateway } from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { arnOf } from "../core/context";
import { awsErrorCode, completing, unlessMissing } from "../core/errors";
import { idOf } from "../core/kinds";
import { optional } from "../core/property";
import { resourceType } from "../core/resourceType";
import { ec2 } from "./client";
import { deleteWhenFree } from "./dependents";
import { anExistingVpc } from "./references";
import { tagsFrom } from "../core/tags";
import { ec2Tagging, tagSpecifications } from "./tags";

export async function findInternetGateway(context: Context, id: string): Promise<InternetGateway | undefined> {
  const command = new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] });
  return unlessMissing(async () => (await ec2(context).send(command)).InternetGateways?.[0]);
}

export const internetGateway = resourceType({
  token: "aws:ec2/internetGateway:InternetGateway",
  properties: {
    vpcId: optional(idOf("vpc"), { computed: true, reference: anExistingVpc }),
  },
  outputs: ["arn", "ownerId"],
  tagging: ec2Tagging,

  async create(context, inputs, tags) {
    const { InternetGateway: made } = await ec2(context).send(
      new CreateInternetGatewayCommand({ TagSpecifications: tagSpecifications("internet-gateway", tags) }),
    );
    const id = made?.InternetGatewayId ?? "";
    return completing(id, async () => {
      if (inputs.vpcId !== undefined) await attach(context, id, inputs.vpcId);
    });
  },

  async read(context, id) {
    const found = await findInternetGateway(context, id);
    if (found === undefined) return undefined;
    return {
      arn: await arnOf(context, "ec2", `internet-gateway/${id}`),
      ownerId: found.OwnerId,
      vpcId: found.Attachments?.[0]?.VpcId,
      tags: tagsFrom(found.Tags),
    };
  },

  async update(context, id, { news, changed, state }) {
    if (!changed.has("vpcId")) return;
    if (typeof state.vpcId === "string") await detach(context, id, state.vpcId);
    if (news.vpcId !== undefined) await attach(context, id, news.vpcId);
  },

  async delete(context, id) {
    const vpcId = (await findInternetGateway(context, id))?.Attachments?.[0]?.VpcId;
    if (vpcId !== undefined) await detach(context, id, vpcId);
    await deleteWhenFree(context, `internet gateway ${id}`, () =>
      ec2(context).send(new DeleteInternetGatewayCommand({ InternetGatewayId: id })),
    );
  },
});

async function attach(context: Context, id: string, vpcId: string): Promise<void> {
  await ec2(context).send(new AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId }));
}

async function detach(context: Context, id: string, vpcId: string): Promise<void> {
  await deleteWhenFree(context, `internet gateway ${id}`, async () => {
    try {
      await ec2(context).send(new DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId }));
    } catch (error) {
      if (awsErrorCode(error) !== "Gateway.NotAttached") throw error;
    }
  });
}
