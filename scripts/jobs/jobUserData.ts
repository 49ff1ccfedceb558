import { join } from "node:path";
import { stringify } from "yaml";
import { shippedText } from "../../planning/shippedText";

/** A program that a job needs on the client host, and Amazon Linux's package of it. */
export interface Need {
  readonly command: string;
  readonly package: string;
}

/** For jobs: what runs the bundle. */
export const node: Need = { command: "node", package: "nodejs20" };
/** For jobs that run Kafka's own tools. */
export const java: Need = { command: "java", package: "java-17-amazon-corretto-headless" };

export interface JobUserData {
  /** Presigned: GET. */
  readonly bundleUrl: string;
  /** Presigned: GET. A tar archive that is unpacked into `/opt/job/archive`. */
  readonly archiveUrl?: string;
  /** Presigned: GET. What the operator tells the job while it runs. */
  readonly controlUrl?: string;
  /** Presigned: PUT. */
  readonly logUrl: string;
  /** Presigned: PUT. */
  readonly outcomeUrl: string;
  readonly needs: readonly Need[];
  readonly deadlineSeconds: number;
  readonly parameters: unknown;
}

/** Where `ARCHIVE_URL` is unpacked on the client host. */
export const archiveFolder = "/opt/job/archive";

/** EC2's limit, before base64. */
export const userDataLimit = 16 * 1024;

const script = join(__dirname, "run-job.sh");

/** A value as the shell reads it back, whatever is in it. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The cloud-config of a client host. Its addresses are presigned, so it holds no credentials; but whoever may describe the
 * instance may use them until they expire. Throws when it is larger than EC2 takes.
 */
export function jobUserData(job: JobUserData): string {
  const environment = {
    BUNDLE_URL: job.bundleUrl,
    ARCHIVE_URL: job.archiveUrl ?? "",
    CONTROL_URL: job.controlUrl ?? "",
    LOG_URL: job.logUrl,
    OUTCOME_URL: job.outcomeUrl,
    NEEDS: job.needs.map(({ command, package: name }) => `${command}=${name}`).join(" "),
    DEADLINE_SECONDS: String(job.deadlineSeconds),
  };
  const lines = Object.entries(environment).map(([key, value]) => `${key}=${shellQuoted(value)}\n`);
  const cloudConfig = {
    // Nobody logs in: generating host keys would only cost time.
    ssh_deletekeys: false,
    ssh_genkeytypes: [],
    write_files: [
      { path: "/opt/job/job.env", permissions: "0600", content: lines.join("") },
      { path: "/opt/job/parameters.json", permissions: "0600", content: JSON.stringify(job.parameters) },
      { path: "/opt/job/run-job", permissions: "0755", content: shippedText(script) },
    ],
    runcmd: [["/opt/job/run-job"]],
  };
  const text = `#cloud-config\n${stringify(cloudConfig, { lineWidth: 0, version: "1.1" })}`;
  if (Buffer.byteLength(text) > userDataLimit) {
    throw new Error(`the client host's user data has ${Buffer.byteLength(text)} bytes; EC2 takes ${userDataLimit}`);
  }
  return text;
}
