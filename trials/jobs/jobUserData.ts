import { join } from "node:path";
import { stringify } from "yaml";
import { shellQuoted } from "../../planning/cluster/shellQuoting";
import { shippedText } from "../../artifacts/shippedText";
import { nodeJs } from "../../planning/cluster/names";
import { userDataLimitBytes } from "../../planning/node/userData";
import { UserError } from "../../cli/userError";

/** A program that a job needs on the client host, and Amazon Linux's package of it. */
export interface Need {
  readonly command: string;
  readonly package: string;
}

/** The need of every job: what runs the bundle. */
export const node: Need = nodeJs;
/** The need of jobs that run Kafka's own tools. */
export const java: Need = { command: "java", package: "java-17-amazon-corretto-headless" };
/** The need of jobs that run a database of their own. */
export const postgresql: Need = { command: "postgres", package: "postgresql15-server" };

/** The description of a job for a client host, with the presigned addresses that it needs. */
export interface JobDescription {
  /** Address of the bundle (GET). */
  readonly bundleUrl: string;
  /** Address of the parameters (GET). */
  readonly parametersUrl: string;
  /** Address of a tar archive that is unpacked into `/opt/job/archive` (GET). */
  readonly archiveUrl?: string;
  /** Address of what the operator tells the job while it runs (GET). */
  readonly controlUrl?: string;
  /** Address for the log (PUT). */
  readonly logUrl: string;
  /** Address for the outcome (PUT). */
  readonly outcomeUrl: string;
  readonly needs: readonly Need[];
  /** Seconds that the bundle may run. */
  readonly deadlineSeconds: number;
}

/** The folder on the client host into which `ARCHIVE_URL` is unpacked. */
export const archiveFolder = "/opt/job/archive";

const script = join(__dirname, "run-job.sh");

/** The description as the host's shell reads it. */
export function jobEnvironment(job: JobDescription): string {
  const environment = {
    BUNDLE_URL: job.bundleUrl,
    PARAMETERS_URL: job.parametersUrl,
    ARCHIVE_URL: job.archiveUrl ?? "",
    CONTROL_URL: job.controlUrl ?? "",
    LOG_URL: job.logUrl,
    OUTCOME_URL: job.outcomeUrl,
    NEEDS: job.needs.map(({ command, package: name }) => `${command}=${name}`).join(" "),
    DEADLINE_SECONDS: String(job.deadlineSeconds),
  };
  return Object.entries(environment)
    .map(([key, value]) => `${key}=${shellQuoted(value)}\n`)
    .join("");
}

/**
 * The cloud-config of a client host. The one address in it is presigned, so it holds no credentials; but whoever may
 * describe the instance may use that address until it expires. All others are in the object that it leads to: a
 * session's token, several KB with some identity providers, is part of each. Throws a UserError when the user data is
 * larger than EC2 takes.
 * @param jobUrl presigned: GET of what `jobEnvironment` gives
 * @param lifeSeconds after which the host switches itself off
 */
export function jobUserData(jobUrl: string, lifeSeconds: number): string {
  const off = ["systemctl", "poweroff"];
  // Early in the boot: a job waits for targets that come later, and they for cloud-init.
  const now = ["--no-block", "--timer-property=DefaultDependencies=no", "--property=DefaultDependencies=no"];
  const cloudConfig = {
    // Nobody logs in: one host key, of the quickest kind. An empty list is no valid cloud-config, and an RSA key takes
    // a second.
    ssh_deletekeys: false,
    ssh_genkeytypes: ["ed25519"],
    // Should anything below hang, the host goes all the same.
    bootcmd: [["systemd-run", "--quiet", ...now, `--on-active=${lifeSeconds}`, ...off]],
    write_files: [
      { path: "/opt/job/job.url", permissions: "0600", content: `${jobUrl}\n` },
      { path: "/opt/job/run-job", permissions: "0755", content: shippedText(script) },
    ],
    runcmd: [["/opt/job/run-job"]],
  };
  const text = `#cloud-config\n${stringify(cloudConfig, { lineWidth: 0, version: "1.1" })}`;
  const bytes = Buffer.byteLength(text);
  if (bytes > userDataLimitBytes) {
    throw new UserError(
      `the client host's user data has ${bytes} bytes, ${jobUrl.length} of them a signed address, ` +
        `and EC2 takes ${userDataLimitBytes}: the session token of the AWS credentials is too long; ` +
        "use a role with fewer session tags, or an access key",
    );
  }
  return text;
}
