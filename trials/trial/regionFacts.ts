/** Facts of a region, and of this machine, that have to be known before a trial's settings can be written. */
import { DescribeInstanceTypeOfferingsCommand, DescribeAvailabilityZonesCommand } from "@aws-sdk/client-ec2";
import { parseCidr } from "../../settings/cidr";
import { ec2Client } from "../../stack/awsClients";
import { UserError } from "../../cli/userError";
import { chooseZones } from "./stackText";

/** Three zones of the region that have these instance types. */
export async function zonesWith(types: readonly string[], region: string): Promise<string[]> {
  const ec2 = ec2Client(region);
  try {
    const [{ AvailabilityZones = [] }, { InstanceTypeOfferings = [] }] = await Promise.all([
      // Without those that an account has to ask for: local zones.
      ec2.send(
        new DescribeAvailabilityZonesCommand({
          Filters: [
            { Name: "opt-in-status", Values: ["opt-in-not-required"] },
            { Name: "state", Values: ["available"] },
          ],
        }),
      ),
      ec2.send(
        new DescribeInstanceTypeOfferingsCommand({
          LocationType: "availability-zone",
          Filters: [{ Name: "instance-type", Values: [...types] }],
        }),
      ),
    ]);
    const zones = AvailabilityZones.map(({ ZoneName = "" }) => ({
      name: ZoneName,
      types: InstanceTypeOfferings.flatMap(({ Location, InstanceType }) =>
        Location === ZoneName && InstanceType !== undefined ? [InstanceType] : [],
      ),
    }));
    return chooseZones(zones, types, region);
  } finally {
    ec2.destroy();
  }
}

/** The address of AWS's own service that answers with the caller's address. */
const addressService = "https://checkip.amazonaws.com";

/** The address of this machine as AWS sees it: `203.0.113.7/32`. Throws a UserError when that can't be found out. */
export async function ownCidr(): Promise<string> {
  const otherwise = "give the block from which this machine reaches the internet, --ssh-cidr 203.0.113.7/32";
  try {
    const response = await fetch(addressService, { signal: AbortSignal.timeout(10_000) });
    const cidr = `${(await response.text()).trim()}/32`;
    if (!response.ok || typeof parseCidr(cidr) === "string") throw new Error(`it answered ${response.status}: ${cidr}`);
    return cidr;
  } catch (error) {
    throw new UserError(
      `${addressService} does not tell this machine's address (${(error as Error).message}); ${otherwise}`,
    );
  }
}
