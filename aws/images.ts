import * as ec2 from "@pulumi/aws/ec2";
import type { Image } from "../components/instanceDefaults";
import { imageFaults } from "../planning/checks/machines";
import { instanceFacts, type Architecture } from "../planning/instanceTypes";
import type { Fault } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { orReason } from "./answer";

/** Each pool's image: one for all, unless `image.id` is empty and the pools differ in architecture. */
export interface Images {
  readonly brokers: Image;
  readonly zookeeper: Image;
  readonly opsHost: Image;
}

/** The image that the settings name, or the newest Amazon Linux 2023 for each pool's architecture. */
export async function findImages(settings: Settings): Promise<{ images?: Images; faults: Fault[] }> {
  const { id } = settings.image;
  if (id) {
    const found = await orReason(ec2.getAmi({ filters: [{ name: "image-id", values: [id] }] }));
    if (typeof found === "string") {
      const message = `${id} is not found in ${settings.region} (${found}); give an image of that region, or leave it empty`;
      return { faults: [{ path: "image.id", message }] };
    }
    const image = imageOf(found);
    const faults = imageFaults(settings, { id: image.id, architecture: found.architecture as Architecture });
    return { images: { brokers: image, zookeeper: image, opsHost: image }, faults };
  }
  const byArchitecture = new Map<Architecture, Promise<Image>>();
  const imageFor = (instanceType: string): Promise<Image> => {
    const { architecture } = instanceFacts(instanceType);
    const asked = byArchitecture.get(architecture) ?? newestAmazonLinux(architecture);
    byArchitecture.set(architecture, asked);
    return asked;
  };
  const [brokers, zookeeper, opsHost] = await Promise.all([
    imageFor(settings.brokers.instanceType),
    imageFor(settings.zookeeper.instanceType),
    imageFor(settings.opsHost.instanceType),
  ]);
  return { images: { brokers, zookeeper, opsHost }, faults: [] };
}

/** The standard image; the pattern leaves out the minimal one, which lacks the AWS CLI, and those for ECS and Neuron. */
async function newestAmazonLinux(architecture: Architecture): Promise<Image> {
  const found = await ec2.getAmi({
    owners: ["amazon"],
    mostRecent: true,
    filters: [
      { name: "name", values: [`al2023-ami-2023.*-kernel-6.1-${architecture}`] },
      { name: "state", values: ["available"] },
    ],
  });
  return imageOf(found);
}

function imageOf({ id, rootDeviceName }: ec2.GetAmiResult): Image {
  return { id, rootDeviceName };
}
