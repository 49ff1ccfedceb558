import * as ec2 from "@pulumi/aws/ec2";
import * as ssm from "@pulumi/aws/ssm";
import type { InvokeOptions } from "@pulumi/pulumi";
import { deprecationOf, imageFaults } from "../planning/checks/images";
import type { Image } from "../planning/node/image";
import { instanceFacts, type Architecture } from "../planning/node/instanceTypes";
import type { Fault, Warn } from "../settings/faults";
import type { Settings } from "../settings/settings";
import { answerOrReason } from "./answer";

/** Each pool's image: one for all, unless `imageId` is empty and the pools differ in architecture. */
export interface Images {
  readonly brokers: Image;
  readonly zookeeper: Image;
  readonly opsHost: Image;
}

/** The image that the settings name, or the newest Amazon Linux 2023 for each pool's architecture. */
export async function findImages(
  settings: Settings,
  ask: InvokeOptions,
  warn: Warn,
): Promise<{ images?: Images; faults: Fault[] }> {
  const { imageId: id } = settings;
  if (id) {
    const found = await answerOrReason(imageById(id, ask));
    if (typeof found === "string") {
      const message =
        `${id} is not found in ${settings.region} (${found}), so nothing can be started from it; ` +
        `give an image of that region that is not deregistered, or leave it empty`;
      return { faults: [{ path: "imageId", message }] };
    }
    const { architecture, state, deprecationTime } = found;
    const faults = imageFaults(settings, { id, architecture: architecture as Architecture, state });
    warn(deprecationOf({ id, deprecationTime }, new Date()));
    const image = imageOf(found);
    return { images: { brokers: image, zookeeper: image, opsHost: image }, faults };
  }
  const byArchitecture = new Map<Architecture, Promise<Image>>();
  const imageFor = (instanceType: string): Promise<Image> => {
    const { architecture } = instanceFacts(instanceType, settings);
    const asked = byArchitecture.get(architecture) ?? newestAmazonLinux(architecture, ask);
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

/** The standard image with the kernel that Amazon recommends: the parameter that Pulumi.prod.yaml names for pinning. */
async function newestAmazonLinux(architecture: Architecture, ask: InvokeOptions): Promise<Image> {
  const name = `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`;
  const { insecureValue } = await ssm.getParameter({ name }, ask);
  return imageOf(await imageById(insecureValue, ask));
}

/**
 * The image of an id. Without `includeDeprecated` a filter does not find what is deprecated, as any Amazon Linux is 90
 * days after its release.
 */
function imageById(id: string, ask: InvokeOptions): Promise<ec2.GetAmiResult> {
  return ec2.getAmi({ filters: [{ name: "image-id", values: [id] }], includeDeprecated: true }, ask);
}

function imageOf({ id, rootDeviceName }: ec2.GetAmiResult): Image {
  return { id, rootDeviceName };
}
