import { ensureBaseImage } from "./baseImage";
import { ensureHostPackages } from "./hostPackages";
import { ensureMoto } from "./moto";
import { ensurePulumi } from "./pulumi";
import type { PulumiTools } from "./pulumi";
import { endRunning } from "./run";
import type { Progress } from "./run";
import { SetupError } from "./errors";

export type { Progress } from "./run";
export type { PulumiTools } from "./pulumi";

/** All that the lab runs on. */
export interface LabSetup {
  /** The tree that every instance's disk starts from. */
  readonly rootfs: string;
  /** The Python that has the AWS emulator. */
  readonly python: string;
  readonly tools: PulumiTools;
}

/**
 * Installs, fetches and builds what the lab needs and does not have yet; takes minutes the first time, and milliseconds
 * after that. Every failure is a {@link SetupError} of one sentence.
 */
export async function ensureLab(progress: Progress): Promise<LabSetup> {
  requireRootOnLinux();
  await ensureHostPackages(progress);
  const emulator = ensureMoto(progress);
  // The tool chain keeps the processors busy, the image the network.
  const parts = [ensurePulumi(progress), emulator, emulator.then(() => ensureBaseImage(progress))] as const;
  try {
    const [tools, { python }, { rootfs }] = await Promise.all(parts);
    return { rootfs, python, tools };
  } catch (error) {
    endRunning();
    await Promise.allSettled(parts);
    throw error;
  }
}

function requireRootOnLinux(): void {
  if (process.platform !== "linux") {
    throw new SetupError(`the lab needs Linux, this is ${process.platform}: use a Linux machine or a virtual one`);
  }
  if (process.getuid?.() !== 0) {
    throw new SetupError("the lab needs root (namespaces, mounts, loop devices): run it with sudo");
  }
}
