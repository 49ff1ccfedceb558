import type { SubnetCidrReservation } from "@aws-sdk/client-ec2";
import {
  CreateSubnetCidrReservationCommand,
  DeleteSubnetCidrReservationCommand,
  GetSubnetCidrReservationsCommand,
} from "@aws-sdk/client-ec2";

import type { Context } from "../core/context";
import { unlessMissing } from "../core/errors";
import { idOf, ipv4Block, oneOf } from "../core/kinds";
import { required, unsupportedAll } from "../core/property";
import { resourceType } from "../core/resourceType";
import { ec2 } from "./client";
import { anExistingSubnet } from "./references";

async function findReservation(
  context: Context,
  subnetId: string,
  id: string,
): Promise<SubnetCidrReservation | undefined> {
  return unlessMissing(async () => {
    const { SubnetIpv4CidrReservations = [] } = await ec2(context).send(
      new GetSubnetCidrReservationsCommand({ SubnetId: subnetId }),
    );
    return SubnetIpv4CidrReservations.find((each) => each.SubnetCidrReservationId === id);
  });
}

export const subnetCidrReservation = resourceType({
  token: "aws:ec2/subnetCidrReservation:SubnetCidrReservation",
  properties: {
    subnetId: required(idOf("subnet"), { replaces: true, reference: anExistingSubnet }),
    cidrBlock: required(ipv4Block(16, 32), { replaces: true }),
    reservationType: required(oneOf("explicit", "prefix"), { replaces: true }),
    ...unsupportedAll("description"),
  },
  outputs: ["ownerId"],

  async create(context, inputs) {
    const { SubnetCidrReservation: made } = await ec2(context).send(
      new CreateSubnetCidrReservationCommand({
        SubnetId: inputs.subnetId,
        Cidr: inputs.cidrBlock,
        ReservationType: inputs.reservationType,
      }),
    );
    return made?.SubnetCidrReservationId ?? "";
  },

  async read(context, id, prior) {
    // EC2 lists the reservations of one subnet: an import names it too, `SUBNET_ID:RESERVATION_ID`.
    const [reservationId = "", subnetId = prior.subnetId as string] = id.split(":").reverse();
    const found = await findReservation(context, subnetId, reservationId);
    if (found === undefined) return undefined;
    return {
      id: reservationId,
      subnetId: found.SubnetId,
      cidrBlock: found.Cidr,
      reservationType: found.ReservationType,
      ownerId: found.OwnerId,
    };
  },

  async delete(context, id) {
    await unlessMissing(() =>
      ec2(context).send(new DeleteSubnetCidrReservationCommand({ SubnetCidrReservationId: id })),
    );
  },
});
