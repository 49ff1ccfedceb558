/** Updates of the local stack with other settings than its file has, which is never touched. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StackOutputs } from "../../../planning/cluster/outputs";
import { within } from "../../jobs/drill/within";
import { repository } from "../../../artifacts/repository";
import type { Deployment, DeploymentResult } from "../../../stack/deploy/deployment";
import { localStack, type Environment } from "../../../stack/environment";
import { stackFile } from "../../../stack/stackFile";
import { UserError } from "../../../cli/userError";
import { killedRun } from "./killedRun";
import { StackSettings, type Overrides } from "./stackSettings";
import { volumeSizes } from "./volumeSizes";

/** The result of one update. */
export interface Update {
  readonly succeeded: boolean;
  readonly seconds: number;
  /** The reason for which it failed, in words. */
  readonly error?: string;
  /** Every line that it said. */
  readonly lines: readonly string[];
}

/** Runs one operation on a stack. */
export type Deploy = (deployment: Deployment) => Promise<Pick<DeploymentResult, "succeeded" | "error">>;

/** Seconds for restoring the stack's settings: two rolls, and what is around them. */
const restoreSeconds = 1800;

/** Updates the local stack with other settings than its file has, and back. */
export class Deployer {
  /** Whether the last update has not ended well. */
  private unfinished = false;
  /** The last advice about the stack's file. */
  private advised = "";

  constructor(
    readonly settings: StackSettings,
    private readonly environment: Environment,
    private readonly report: (line: string) => void,
    private readonly deploy: Deploy = pulumiDeploy,
  ) {}

  /** Opens the local stack as it is. */
  static async open(
    outputs: StackOutputs,
    environment: Environment,
    report: (line: string) => void,
  ): Promise<Deployer> {
    const text = readFileSync(stackFile(localStack), "utf8");
    return new Deployer(new StackSettings(text, await volumeSizes(outputs)), environment, report);
  }

  /** Updates the stack with the changes on top of its settings of the moment. A failed update is a result. */
  update(changes: Overrides): Promise<Update> {
    this.settings.change(changes);
    return this.run((configFile, report) =>
      this.deploy({
        stack: localStack,
        action: "update",
        yes: true,
        remove: this.settings.surplusBrokers,
        environment: this.environment,
        configFile,
        report,
      }),
    );
  }

  /**
   * Updates like `update`, but is killed with all its processes after the first line that fits. Rejects when there was
   * none.
   */
  killedUpdate(changes: Overrides, fits: (line: string) => boolean, signal: AbortSignal): Promise<Update> {
    this.settings.change(changes);
    return this.run(async (configFile, report) => {
      await killedRun({
        command: [process.execPath, "--import", "tsx", join(__dirname, "deployChild.ts"), configFile],
        folder: repository,
        environment: { ...process.env, ...this.environment },
        fits,
        report,
        signal,
      });
      return { succeeded: false, error: "killed" };
    });
  }

  /** Updates the stack with its own settings if it may have others. Rejects with a UserError when that fails. */
  async restore(): Promise<void> {
    const { settings, report } = this;
    this.adviseOnFile();
    if (!settings.changed && !this.unfinished) return;
    report("\nputting the stack's own settings back: an update, and rolls where they are needed");
    settings.reset();
    const update = await within(restoreSeconds * 1000, this.update({}));
    if (update?.succeeded !== true) {
      const why =
        update === undefined ? `the update did not end within ${restoreSeconds} s, and runs on` : update.error;
      throw new UserError(
        `the stack's own settings could not be put back: ${why ?? "the update failed"}\n` +
          `\`npm run deploy -- --stack ${localStack}\` puts them back`,
      );
    }
    report(`the stack has its own settings again after ${update.seconds} s`);
  }

  private adviseOnFile(): void {
    const lines = this.settings.linesForFile.map((line) => `  ${line}`).join("\n");
    if (lines === this.advised) return;
    this.advised = lines;
    this.report(
      `\nvolumes have grown and can't shrink: before the next update put this into Pulumi.${localStack}.yaml, or ` +
        `begin afresh (npm stop, npm start):\n${lines}`,
    );
  }

  /** Restores the stack's own settings after a drill that was killed, of which nobody knows what it had changed. */
  async restoreUnknown(): Promise<void> {
    const { settings } = this;
    settings.change({ brokerCount: settings.number("brokerCount") + 1 });
    await this.restore();
  }

  private async run(
    begin: (configFile: string, report: (line: string) => void) => ReturnType<Deploy>,
  ): Promise<Update> {
    const folder = mkdtempSync(join(tmpdir(), "drill-settings-"));
    const configFile = join(folder, `Pulumi.${localStack}.yaml`);
    const lines: string[] = [];
    const started = Date.now();
    this.unfinished = true;
    try {
      writeFileSync(configFile, this.settings.yaml(), { mode: 0o600 });
      const { succeeded, error } = await begin(configFile, (line) => {
        lines.push(line);
        this.report(`  ${line}`);
      });
      this.unfinished = !succeeded;
      return { succeeded, error, lines, seconds: Math.round((Date.now() - started) / 1000) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Deploys by Pulumi's library, which takes a second to load: faults do without it. */
async function pulumiDeploy(deployment: Deployment): Promise<DeploymentResult> {
  const { deployStack } = await import("../../../stack/deploy/deployStack");
  return deployStack(deployment);
}
