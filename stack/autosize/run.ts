import { isDeepStrictEqual } from "node:util";
import {
  defaultLimits,
  propose,
  type Limits,
  type Measurements,
  type Proposal,
} from "../../planning/autosize/autosize";
import { planCluster } from "../../planning/cluster/plan";
import type { Settings } from "../../settings/settings";
import { UserError } from "../../cli/userError";
import { proposalText } from "./proposalText";
import { settingsOf } from "../stackFile";
import { withChanges } from "./stackText";
import { volumeHold, type VolumeModification } from "./volumeHold";

/** The parts of the stack that autosize asks and changes. */
export interface AutosizeWorld {
  /** The text of the stack's file. */
  readonly file: string;
  /** The region where the file names none. */
  readonly region?: string;
  /** The plan of the last update, from the stack's outputs. */
  readonly plan: unknown;
  measure(): Promise<Measurements>;
  modifications(): Promise<readonly VolumeModification[]>;
  /** Shows what an update with this text as the stack's file would do. */
  preview(file: string): Promise<Outcome>;
  /** Makes this text the stack's file. */
  write(file: string): void;
  /** Updates the stack by its file. */
  deploy(): Promise<Outcome>;
  now(): Date;
}

interface Outcome {
  readonly succeeded: boolean;
  readonly error?: string;
}

/** The options of autosize. */
export interface AutosizeOptions {
  readonly stack: string;
  readonly apply: boolean;
  /** True: the new settings are written, and not deployed. */
  readonly write: boolean;
  /** Limits that are given; the others are those of `defaultLimits`. */
  readonly limits: Partial<Limits>;
  readonly cooldownHours: number;
  readonly report: (line: string) => void;
}

/** The result of autosize, as `--json` writes it. */
export interface AutosizeResult {
  readonly stack: string;
  /**
   * The outcome.
   * - `nothing to do`, `applied`.
   * - `written`: into the stack's file, to be deployed by somebody else.
   * - `proposed`: without `--apply`. `waiting`: the volumes rest.
   * - `beyond limits`: something is needed that the limits don't allow; what they do allow was applied, or is proposed.
   * - `failed`: the preview, after which the file is as it was; or the update.
   */
  readonly outcome: "nothing to do" | "applied" | "written" | "proposed" | "waiting" | "beyond limits" | "failed";
  readonly proposal: Proposal;
  readonly measured: Measurements;
  /** The reason for which it waits or has failed. */
  readonly because?: string;
}

/** Exit codes for CI: 0 all is well, 1 failed, 2 there is a change that was not made, 3 a person is to decide. */
export const exitCodes: Readonly<Record<AutosizeResult["outcome"], number>> = {
  "nothing to do": 0,
  applied: 0,
  written: 0,
  failed: 1,
  proposed: 2,
  waiting: 2,
  "beyond limits": 3,
};

/** Measures, proposes, shows, and with `apply` does it. Throws a UserError when it can't begin. */
export async function autosize(options: AutosizeOptions, world: AutosizeWorld): Promise<AutosizeResult> {
  const { stack, apply, write, report } = options;
  const settings = settingsOf(world.file, stack, world.region);
  if (settings === undefined)
    throw new UserError(
      `the file of stack ${stack} has encrypted settings, which autosize can't read: only sshPrivateKey may be`,
    );
  requireDeployed(settings, world.plan, stack);
  const measured = await world.measure();
  const usual = defaultLimits(settings);
  const proposal = propose(settings, measured, {
    maxVolumeGiB: options.limits.maxVolumeGiB ?? usual.maxVolumeGiB,
    maxCount: options.limits.maxCount ?? usual.maxCount,
    maxCostUsd: options.limits.maxCostUsd ?? usual.maxCostUsd,
  });
  proposalText(settings, measured, proposal).forEach(report);
  const end = (outcome: AutosizeResult["outcome"], because?: string): AutosizeResult => {
    const isStuck = outcome !== "failed" && proposal.beyondLimits.length > 0;
    return { stack, outcome: isStuck ? "beyond limits" : outcome, proposal, measured, because };
  };

  const { changes } = proposal;
  if (changes.length === 0) return end("nothing to do");
  const text = withChanges(world.file, changes);
  // Throws where the settings as a whole would not be sound.
  settingsOf(text, stack, world.region);
  const hold = volumeHold(changes, await world.modifications(), world.now(), options.cooldownHours);
  if (hold !== undefined) {
    report(hold);
    return end("waiting", hold);
  }
  report(`what an update of stack ${stack} would do:`);
  const preview = await world.preview(text);
  if (!preview.succeeded) return end("failed", `the preview: ${preview.error}`);
  if (!apply && !write) {
    report("nothing was changed; --apply does it");
    return end("proposed");
  }
  world.write(text);
  if (write) {
    report("the stack's file has the new settings now, and nothing was deployed");
    return end("written");
  }
  report(
    "the stack's file has the new settings now; keep it (commit it): with the old ones the next update " +
      "would be refused",
  );
  const update = await world.deploy();
  if (update.succeeded) return end("applied");
  return end(
    "failed",
    `the update: ${update.error}\n\nthe new settings stay in the stack's file: npm run deploy -- --stack ` +
      `${stack} goes on from there`,
  );
}

/** Throws a UserError unless the stack is as its file says: what was measured is compared with that. */
function requireDeployed(settings: Settings, plan: unknown, stack: string): void {
  if (isDeepStrictEqual(plan, planCluster(settings))) return;
  throw new UserError(
    `the settings of stack ${stack} are not those that it was last deployed with: deploy them first ` +
      `(npm run deploy -- --stack ${stack}), or take them back`,
  );
}
