import { spawn } from "node:child_process";
import * as path from "node:path";

import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { EC2Client } from "@aws-sdk/client-ec2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { IAMClient } from "@aws-sdk/client-iam";
import { Route53Client } from "@aws-sdk/client-route-53";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";

import { EmulatorClient } from "../../lab/runtime/emulatorClient";
import { ensureMoto } from "../../lab/setup/moto";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Clients {
  readonly ec2: EC2Client;
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly eventBridge: EventBridgeClient;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly s3: S3Client;
  readonly sns: SNSClient;
  readonly ssm: SSMClient;
  readonly route53: Route53Client;
  readonly sts: STSClient;
}

export interface EmulatorProcess extends Clients {
  readonly endpoint: string;
  /** Clients that sign with other credentials than the operator's. */
  as(credentials: Credentials): Clients;
  /** Makes a user with exactly these policies, or gives it others. @returns clients that sign as that user */
  user(name: string, policies: readonly object[]): Promise<Clients>;
  /** The side door, as the lab daemon uses it. */
  readonly daemon: EmulatorClient;
  stop(): Promise<void>;
}

const operator: Credentials = { accessKeyId: "test", secretAccessKey: "test" };
const startSeconds = 60;

/** The lab's AWS emulator alone, without a lab: on a free loopback port. `options` as of lab/emulator/server.py. */
export async function startEmulator(options: readonly string[]): Promise<EmulatorProcess> {
  const { python } = await ensureMoto();
  const program = path.join(__dirname, "../../lab/emulator/server.py");
  const child = spawn(python, [program, "--port", "0", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    let output = "";
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`the emulator did not start within ${startSeconds} s:\n${output}`));
    }, startSeconds * 1000);
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const ready = /emulator ready on [^:]+:(\d+)/.exec(output);
      if (ready?.[1]) {
        clearTimeout(timer);
        resolve(ready[1]);
      }
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`the emulator ended with code ${code}:\n${output}`));
    });
  });
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    ...clients(endpoint, operator),
    endpoint,
    as: (credentials) => clients(endpoint, credentials),
    user: async (name, policies) => {
      const body = JSON.stringify({ policies });
      const response = await fetch(`${endpoint}/_emulator/users/${name}`, { method: "PUT", body });
      if (!response.ok) throw new Error(await response.text());
      const made = (await response.json()) as Credentials;
      return clients(endpoint, made);
    },
    daemon: new EmulatorClient("127.0.0.1", Number(port)),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function clients(endpoint: string, credentials: Credentials): Clients {
  const settings = { endpoint, credentials, region: "us-east-1", maxAttempts: 1 };
  return {
    ec2: new EC2Client(settings),
    autoScaling: new AutoScalingClient(settings),
    cloudWatch: new CloudWatchClient(settings),
    eventBridge: new EventBridgeClient(settings),
    iam: new IAMClient(settings),
    kms: new KMSClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    sns: new SNSClient(settings),
    ssm: new SSMClient(settings),
    route53: new Route53Client(settings),
    sts: new STSClient(settings),
  };
}

/** Asks until there is an answer that is not undefined or false. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>, seconds = 10): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) {
      return answer;
    }
    if (Date.now() > end) {
      throw new Error(`after ${seconds} s still waiting for: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** The error code with which AWS refuses the call, or "accepted". */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return (error as Error).name;
  }
  return "accepted";
}
