import type { Fault } from "../../settings/faults";
import type { Settings } from "../../settings/settings";
import { instanceFacts, type Architecture } from "../node/instanceTypes";
import { typeUses } from "./machines";

/** The image that will be started. */
export interface ImageFacts {
  readonly id: string;
  readonly architecture: Architecture;
  /** EC2's word: `available`, or why nothing can be started from it. */
  readonly state: string;
}

/**
 * The faults of the image that `imageId` names for all machines; without it each pool gets the newest image of its own
 * architecture.
 */
export function imageFaults(settings: Settings, image: ImageFacts): Fault[] {
  const fault = (message: string): Fault => ({ path: "imageId", message });
  const faults = typeUses(settings).flatMap(({ key, type }) => {
    const { architecture } = instanceFacts(type, settings);
    if (architecture === image.architecture) return [];
    return fault(
      `${image.id} is an image for ${image.architecture}, ${key} ${type} is ${architecture}; ` +
        `choose an image for ${architecture}, or another type`,
    );
  });
  if (image.state === "available") return faults;
  return [
    ...faults,
    fault(`${image.id} is ${image.state}, so nothing can be started from it; choose one that is available`),
  ];
}

/** A warning about an image that its owner no longer recommends: it still starts, until the owner deregisters it. */
export function deprecationOf(
  image: { readonly id: string; readonly deprecationTime: string },
  now: Date,
): Fault | undefined {
  // The provider says "" for an image that is never deprecated.
  if (image.deprecationTime === "" || new Date(image.deprecationTime) > now) return undefined;
  return {
    path: "imageId",
    message:
      `${image.id} is deprecated since ${image.deprecationTime.slice(0, 10)}: it gets no more updates, and when it ` +
      "is deregistered no lost node can be replaced; pin a newer image",
  };
}
