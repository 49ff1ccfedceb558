/** A temporary EC2 instance inside the cluster's network, in the client security group, that runs one job and is gone. */
import { randomBytes } from "node:crypto";
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  GetConsoleOutputCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type _InstanceType,
} from "@aws-sdk/client-ec2";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { StackOutputs } from "../planning/outputs";
import { lastLines } from "./ops/evidence";
import { jobUserData, type Need } from "./jobs/jobUserData";

/** What a client host is from: the stack's outputs, or a part of them. */
export type ClientNetwork = Pick<
  StackOutputs,
  "region" | "clusterName" | "artifactBucket" | "nodeSubnetIds" | "imageId" | "clientSecurityGroupId"
>;

export type InstanceTypes = Readonly<Record<"arm64" | "x86_64", _InstanceType>>;

/** 2 GiB: a JVM and Node side by side, and dnf, which needs more than a micro instance has. */
const smallHost: InstanceTypes = { arm64: "t4g.small", x86_64: "t3.small" };

export interface ClientJob {
  /** For the instance's name and the messages: `smoke`. */
  readonly name: string;
  /** One JavaScript file for Node 18. */
  readonly bundle: Uint8Array;
  /** Handed to the bundle as the file PARAMETERS_FILE. */
  readonly parameters: unknown;
  /** Key of a tar archive in the stack's bucket, unpacked into `archiveFolder` on the host. */
  readonly archiveKey?: string;
  /** Key of an object that the caller puts while the job runs, to tell it something; the bundle reads it at CONTROL_URL. */
  readonly controlKey?: string;
  /** Where the host is to run. Default: whichever of the nodes' subnets has room. */
  readonly subnetId?: string;
  readonly needs: readonly Need[];
  /** What the host is, by the image's architecture. Default: `smallHost`. */
  readonly instanceTypes?: InstanceTypes;
  /** How long the bundle may run, once the host is up. */
  readonly jobSeconds: number;
  /** How long all of it may take, from the start of the instance. */
  readonly deadlineSeconds: number;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Why a job did not give a result, with the host's own log. */
export class ClientJobError extends Error {
  constructor(
    message: string,
    readonly log: string,
  ) {
    super(message);
    this.name = "ClientJobError";
  }
}

interface Outcome {
  readonly exitCode: number;
  readonly result: unknown;
}

const jobTag = "kafka-on-ec2:job";
const clusterTag = "kafka-on-ec2:cluster";
/** Longer than any job may take: an older client host was left behind by a run that was killed. */
const abandonedAfterMinutes = 40;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const errorName = (error: unknown) => (error instanceof Error ? error.name : "");

export class ClientHosts {
  private readonly ec2: EC2Client;
  private readonly s3: S3Client;

  constructor(private readonly network: ClientNetwork) {
    this.ec2 = new EC2Client({ region: network.region });
    // A checksum computed here would be signed into the address as that of an empty body, and every upload be refused.
    this.s3 = new S3Client({ region: network.region, requestChecksumCalculation: "WHEN_REQUIRED" });
  }

  /** Runs a job on a host of its own and gives what it wrote to RESULT_FILE. The host is always terminated. */
  async run(job: ClientJob): Promise<unknown> {
    await this.removeAbandoned(job.report);
    const id = `${job.name}-${randomBytes(6).toString("hex")}`;
    const keys = { bundle: `jobs/${id}/bundle.js`, log: `jobs/${id}/log`, outcome: `jobs/${id}/outcome.json` };
    let instance: string | undefined;
    try {
      await this.put(keys.bundle, job.bundle);
      instance = await this.start(job, id, keys);
      const outcome = await this.follow(job, instance, keys);
      if (outcome.exitCode === 0) return outcome.result;
      const log = (await this.text(keys.log)) ?? "";
      throw new ClientJobError(`the ${job.name} job ended with exit code ${outcome.exitCode}`, log);
    } finally {
      if (instance !== undefined) await this.terminate([instance], job.report);
      const all = job.controlKey === undefined ? Object.values(keys) : [...Object.values(keys), job.controlKey];
      await Promise.all(all.map((key) => this.remove(key)));
    }
  }

  /** Terminates the client hosts that nothing waits for any more. `olderThanMinutes` 0: every one. */
  async removeAbandoned(report: (line: string) => void, olderThanMinutes = abandonedAfterMinutes): Promise<void> {
    const { Reservations = [] } = await this.ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: `tag:${clusterTag}`, Values: [this.network.clusterName] },
          { Name: "tag-key", Values: [jobTag] },
          { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] },
        ],
      }),
    );
    const limit = Date.now() - olderThanMinutes * 60_000;
    const old = Reservations.flatMap(({ Instances = [] }) => Instances).flatMap(({ InstanceId, LaunchTime }) =>
      InstanceId !== undefined && (LaunchTime?.getTime() ?? 0) <= limit ? [InstanceId] : [],
    );
    if (old.length === 0) return;
    report(`terminating ${old.length} client hosts that an earlier run left behind: ${old.join(", ")}`);
    await this.terminate(old, report);
  }

  /** The newest object whose key starts so. */
  async findObject(prefix: string): Promise<string | undefined> {
    const { Contents = [] } = await this.s3.send(
      new ListObjectsV2Command({ Bucket: this.network.artifactBucket, Prefix: prefix }),
    );
    const newest = [...Contents].sort((a, b) => (b.LastModified?.getTime() ?? 0) - (a.LastModified?.getTime() ?? 0))[0];
    return newest?.Key;
  }

  /** The text of an object of the stack's bucket, or undefined when there is none. */
  async text(key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.network.artifactBucket, Key: key }));
      return (await Body?.transformToString()) ?? "";
    } catch (error) {
      if (errorName(error) === "NoSuchKey" || errorName(error) === "NotFound") return undefined;
      throw error;
    }
  }

  async put(key: string, body: string | Uint8Array): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: this.network.artifactBucket, Key: key, Body: body }));
  }

  /** Deletes an object; one that is not there is no fault. */
  async remove(key: string): Promise<void> {
    await this.s3
      .send(new DeleteObjectCommand({ Bucket: this.network.artifactBucket, Key: key }))
      .catch(() => undefined);
  }

  private async start(job: ClientJob, id: string, keys: Readonly<Record<"bundle" | "log" | "outcome", string>>) {
    const expiresIn = job.deadlineSeconds + 120;
    const bucket = this.network.artifactBucket;
    const get = (key: string) =>
      getSignedUrl(this.s3, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn });
    const put = (key: string) =>
      getSignedUrl(this.s3, new PutObjectCommand({ Bucket: bucket, Key: key }), { expiresIn });
    const [image, bundleUrl, archiveUrl, controlUrl, logUrl, outcomeUrl] = await Promise.all([
      this.image(job.instanceTypes ?? smallHost),
      get(keys.bundle),
      job.archiveKey === undefined ? undefined : get(job.archiveKey),
      job.controlKey === undefined ? undefined : get(job.controlKey),
      put(keys.log),
      put(keys.outcome),
    ]);
    const userData = jobUserData({
      bundleUrl,
      archiveUrl,
      controlUrl,
      logUrl,
      outcomeUrl,
      needs: job.needs,
      deadlineSeconds: job.jobSeconds,
      parameters: job.parameters,
    });
    const tags = [
      { Key: "Name", Value: `${this.network.clusterName}-client-${job.name}` },
      { Key: clusterTag, Value: this.network.clusterName },
      { Key: jobTag, Value: id },
    ];
    let refusal: unknown;
    for (const subnet of job.subnetId === undefined ? this.network.nodeSubnetIds : [job.subnetId]) {
      try {
        const { Instances = [] } = await this.ec2.send(
          new RunInstancesCommand({
            ImageId: this.network.imageId,
            InstanceType: image.instanceType,
            MinCount: 1,
            MaxCount: 1,
            SubnetId: subnet,
            SecurityGroupIds: [this.network.clientSecurityGroupId],
            UserData: Buffer.from(userData).toString("base64"),
            InstanceInitiatedShutdownBehavior: "terminate",
            MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
            BlockDeviceMappings:
              image.rootDevice === undefined
                ? undefined
                : [
                    {
                      DeviceName: image.rootDevice,
                      Ebs: { Encrypted: true, VolumeType: "gp3", DeleteOnTermination: true },
                    },
                  ],
            TagSpecifications: [
              { ResourceType: "instance", Tags: tags },
              { ResourceType: "volume", Tags: tags },
            ],
          }),
        );
        const instance = Instances[0]?.InstanceId;
        if (instance === undefined) throw new Error("EC2 started an instance and did not say which");
        job.report(`client host ${instance} (${image.instanceType}) is starting in ${subnet}`);
        return instance;
      } catch (error) {
        // A zone can be out of this type for a while; another one will have it.
        if (errorName(error) !== "InsufficientInstanceCapacity") throw error;
        refusal = error;
      }
    }
    throw refusal instanceof Error ? refusal : new Error("the stack's outputs name no node subnet");
  }

  private async image(
    types: InstanceTypes,
  ): Promise<{ readonly instanceType: _InstanceType; readonly rootDevice?: string }> {
    const { Images = [] } = await this.ec2.send(new DescribeImagesCommand({ ImageIds: [this.network.imageId] }));
    const [image] = Images;
    if (image === undefined)
      throw new Error(`image ${this.network.imageId} does not exist any more; run an update of the stack`);
    return {
      instanceType: types[image.Architecture === "arm64" ? "arm64" : "x86_64"],
      rootDevice: image.RootDeviceName,
    };
  }

  /** Passes the host's log on as it grows, until the outcome is there. */
  private async follow(
    job: ClientJob,
    instance: string,
    keys: Readonly<Record<"log" | "outcome", string>>,
  ): Promise<Outcome> {
    const started = Date.now();
    const seconds = () => Math.round((Date.now() - started) / 1000);
    let log = "";
    let quietSince = Date.now();
    const passLogOn = async () => {
      const text = (await this.text(keys.log)) ?? "";
      // Only whole lines; the host may be in the middle of one.
      const fresh = text.slice(log.length, text.lastIndexOf("\n") + 1);
      if (fresh === "") return;
      log += fresh;
      quietSince = Date.now();
      for (const line of fresh.trimEnd().split("\n")) job.report(`client host | ${line}`);
    };
    for (let round = 0; ; round++) {
      if (job.signal?.aborted === true) throw new ClientJobError(`the ${job.name} job was interrupted`, "");
      const outcome = await this.text(keys.outcome);
      await passLogOn();
      if (outcome !== undefined) return JSON.parse(outcome) as Outcome;
      if (round % 5 === 4) {
        const state = await this.state(instance);
        if (state !== "pending" && state !== "running") {
          // It switches itself off right after it has put its outcome.
          const late = await this.text(keys.outcome);
          if (late !== undefined) return JSON.parse(late) as Outcome;
          throw new ClientJobError(
            `client host ${instance} is ${state} without a result after ${seconds()} s`,
            await this.evidence(instance, log),
          );
        }
      }
      if (seconds() > job.deadlineSeconds) {
        throw new ClientJobError(
          `no result from client host ${instance} within ${job.deadlineSeconds} s`,
          await this.evidence(instance, log),
        );
      }
      if (Date.now() - quietSince > 5000) {
        quietSince = Date.now();
        job.report(`waiting for client host ${instance} (${seconds()} s of ${job.deadlineSeconds} s)`);
      }
      await pause(1000);
    }
  }

  private async state(instance: string): Promise<string> {
    try {
      const { Reservations = [] } = await this.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instance] }));
      return Reservations[0]?.Instances?.[0]?.State?.Name ?? "gone";
    } catch (error) {
      // A new instance is not yet known everywhere in EC2.
      if (errorName(error) === "InvalidInstanceID.NotFound") return "pending";
      throw error;
    }
  }

  /** The job's log, or the console's when the job never got to write one. */
  private async evidence(instance: string, log: string): Promise<string> {
    if (log !== "") return log;
    try {
      const { Output } = await this.ec2.send(new GetConsoleOutputCommand({ InstanceId: instance, Latest: true }));
      return `the job wrote no log; the host's console says:\n${lastLines(Buffer.from(Output ?? "", "base64").toString(), 60)}`;
    } catch (error) {
      return `the job wrote no log, and the host's console can't be read: ${(error as Error).message}`;
    }
  }

  private async terminate(instances: string[], report: (line: string) => void): Promise<void> {
    try {
      await this.ec2.send(new TerminateInstancesCommand({ InstanceIds: instances }));
    } catch (error) {
      report(`could not terminate ${instances.join(", ")}, which end by themselves: ${(error as Error).message}`);
    }
  }
}
