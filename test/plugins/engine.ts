import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensurePulumi } from "../../lab/setup/pulumi";

const repository = join(__dirname, "..", "..");

/** Without the remote commands, whose hosts have no machine here. */
export const withoutCommands = ["--exclude", "**command:remote:Command**", "--exclude-dependents"];

/** This project's program, by links to all of it but the stacks' files. */
function linkProgram(project: string): void {
  for (const entry of readdirSync(repository)) {
    if (entry === ".git" || /^Pulumi\..*yaml$/.test(entry)) continue;
    symlinkSync(join(repository, entry), join(project, entry));
  }
  symlinkSync(join(repository, "Pulumi.yaml"), join(project, "Pulumi.yaml"));
}

/** A program under the real engine, on an emulator alone. */
export class Engine {
  private constructor(
    /** Where the state is. */
    readonly folder: string,
    /** Where the program is. */
    readonly project: string,
    readonly environment: NodeJS.ProcessEnv,
  ) {}

  /**
   * @param user access key and secret key
   * @param fill puts the program into an empty folder. Default: this project's
   */
  static async start(endpoint: string, user: string, fill = linkProgram): Promise<Engine> {
    const folder = mkdtempSync(join(tmpdir(), "engine-"));
    const { binFolders, environment } = await ensurePulumi((line) => console.log(line));
    const project = join(folder, "project");
    mkdirSync(project);
    fill(project);
    return new Engine(folder, project, {
      ...process.env,
      ...environment,
      PATH: [...binFolders, process.env.PATH].join(":"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: user,
      AWS_SECRET_ACCESS_KEY: user,
    });
  }

  /** Another program and user on the same state. @param fill puts the program into an empty folder */
  beside(user: string, fill: (project: string) => void): Engine {
    const project = mkdtempSync(join(this.folder, "project-"));
    fill(project);
    const environment = { ...this.environment, AWS_ACCESS_KEY_ID: user, AWS_SECRET_ACCESS_KEY: user };
    return new Engine(this.folder, project, environment);
  }

  /** The same program with other variables. @param changes undefined: without the variable */
  with(changes: Readonly<Record<string, string | undefined>>): Engine {
    return new Engine(this.folder, this.project, { ...this.environment, ...changes });
  }

  /** Settings of a stack without the project's prefix. */
  configure(stack: string, settings: Readonly<Record<string, unknown>>, project = "kafka-on-ec2"): void {
    const own = Object.entries({ sshCidrs: ["203.0.113.7/32"], dataProtection: false, ...settings });
    const config = Object.fromEntries(own.map(([key, value]) => [`${project}:${key}`, value]));
    const file = join(this.project, `Pulumi.${stack}.yaml`);
    writeFileSync(file, JSON.stringify({ config: { "aws:region": "us-east-1", ...config } }));
  }

  pulumi(stack: string, ...args: string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    return new Promise((resolve) => {
      const child = spawn("pulumi", [...args, "--stack", stack, "--non-interactive", "--color", "never"], {
        cwd: this.project,
        env: this.environment,
        timeout: 500_000,
      });
      let output = "";
      const read = (chunk: Buffer) => (output += chunk.toString());
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("close", (code) => resolve({ code, output }));
    });
  }

  /** @returns what it printed */
  async succeed(stack: string, ...args: string[]): Promise<string> {
    const { code, output } = await this.pulumi(stack, ...args);
    assert.equal(code, 0, output);
    return output;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
