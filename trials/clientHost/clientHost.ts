/**
 * A temporary EC2 instance inside the cluster's network, in the client security group, that runs one job and is gone.
 */
import { setTimeout as pause } from "node:timers/promises";
import { randomBytes } from "node:crypto";
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  GetConsoleOutputCommand,
  TerminateInstancesCommand,
  type EC2Client,
  type Filter,
  type Instance,
  type _InstanceType,
} from "@aws-sdk/client-ec2";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { tagKeys } from "../../planning/cluster/names";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { ec2Client, s3Client } from "../../stack/awsClients";
import { launchInFirst, type Launched } from "./launch";
import { credentialsFault, idsOf, lifeSeconds, overdue, runningJobs } from "./lifetime";
import { jobEnvironment, jobUserData, type Need } from "../jobs/jobUserData";
import { lastLines } from "../../planning/cluster/outputText";
import { UserError } from "../../cli/userError";

/** The network of a client host: the stack's outputs, or a part of them. */
export type ClientNetwork = Pick<
  StackOutputs,
  "region" | "clusterName" | "artifactBucket" | "nodeSubnetIds" | "imageId" | "clientSecurityGroupId"
> & {
  /** Lets a host at this address do more with the brokers than other clients may. */
  readonly admit?: (address: string) => Promise<void>;
};

/** Instance types by the image's architecture. */
export type InstanceTypes = Readonly<Record<"arm64" | "x86_64", _InstanceType>>;

/**
 * The key of the host's disk. It is named, as an account's default key may be one that its customer manages, and the
 * operator may not use.
 */
const ebsKey = "alias/aws/ebs";

/**
 * The types of a small host. 2 GiB: a JVM and Node side by side, and dnf, which needs more than a micro instance has.
 */
const smallHost: InstanceTypes = { arm64: "t4g.small", x86_64: "t3.small" };

/** A job to run on a client host. */
export interface ClientJob {
  /** The job's name, for the instance's name and the messages: `smoke`. */
  readonly name: string;
  /** The program: one JavaScript file for Node.js 22. */
  readonly bundle: Uint8Array;
  /** Parameters that the bundle is handed as the file PARAMETERS_FILE. */
  readonly parameters: unknown;
  /** Key of a tar archive in the stack's bucket, unpacked into `archiveFolder` on the host. */
  readonly archiveKey?: string;
  /**
   * Key of an object that the caller puts while the job runs, to tell it something; the bundle reads it at CONTROL_URL.
   */
  readonly controlKey?: string;
  /** Subnets for the host: it runs in the first one that has room. Default: the nodes' subnets. */
  readonly subnetIds?: readonly string[];
  readonly needs: readonly Need[];
  /** The host's types, by the image's architecture. Default: `smallHost`. */
  readonly instanceTypes?: InstanceTypes;
  /** Seconds that the bundle may run, once the host is up. */
  readonly jobSeconds: number;
  /** Seconds that all of it may take, from the start of the instance. */
  readonly deadlineSeconds: number;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** The error of a job that did not give a result, with the host's own log. */
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

type JobObject = "bundle" | "parameters" | "description" | "log" | "outcome";
type JobKeys = Readonly<Record<JobObject, string>>;

const errorName = (error: unknown) => (error instanceof Error ? error.name : "");

/** The client hosts of a cluster. */
export class ClientHosts {
  private readonly ec2: EC2Client;
  private readonly s3: S3Client;

  constructor(
    private readonly network: ClientNetwork,
    clients: { readonly ec2?: EC2Client; readonly s3?: S3Client } = {},
  ) {
    this.ec2 = clients.ec2 ?? ec2Client(network.region);
    this.s3 = clients.s3 ?? s3Client(network.region);
  }

  /** Runs a job on a host of its own and gives what it wrote to RESULT_FILE. The host is always terminated. */
  async run(job: ClientJob): Promise<unknown> {
    await this.requireCredentials(job);
    await this.removeOverdue(job.report);
    const id = `${job.name}-${randomBytes(6).toString("hex")}`;
    const keys: JobKeys = {
      bundle: `jobs/${id}/bundle.js`,
      parameters: `jobs/${id}/parameters.json`,
      description: `jobs/${id}/job.env`,
      log: `jobs/${id}/log`,
      outcome: `jobs/${id}/outcome.json`,
    };
    let launching = false;
    let instance: string | undefined;
    try {
      const userData = await this.describe(job, keys);
      launching = true;
      const launched = await this.start(job, id, userData);
      instance = launched.instanceId;
      await this.network.admit?.(launched.privateIp);
      const outcome = await this.follow(job, instance, keys);
      if (outcome.exitCode === 0) return outcome.result;
      const log = (await this.text(keys.log)) ?? "";
      throw new ClientJobError(`the ${job.name} job ended with exit code ${outcome.exitCode}`, log);
    } finally {
      if (instance !== undefined) await this.terminate([instance], job.report);
      // EC2 may have started one and its answer been lost.
      else if (launching) await this.terminateJob(id, job.report);
      const all = job.controlKey === undefined ? Object.values(keys) : [...Object.values(keys), job.controlKey];
      await Promise.all(all.map((key) => this.remove(key)));
    }
  }

  /** Terminates client hosts whose time is up: a run that was killed left them, and they did not end by themselves. */
  async removeOverdue(report: (line: string) => void): Promise<void> {
    await this.removeLeft(overdue(await this.hosts(), Date.now()), report);
  }

  /**
   * Terminates client hosts, also those that have time left.
   * @param jobs names of the jobs whose hosts are meant; default: any
   */
  async removeAll(report: (line: string) => void, jobs?: readonly string[]): Promise<void> {
    const hosts = await this.hosts();
    await this.removeLeft(jobs === undefined ? idsOf(hosts) : runningJobs(hosts, jobs), report);
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

  /** Throws a UserError when the credentials end before the job may: what they signed is not accepted after that. */
  private async requireCredentials({ name, deadlineSeconds }: ClientJob): Promise<void> {
    const fault = async (forceRefresh: boolean) => {
      const { expiration } = await this.s3.config.credentials({ forceRefresh });
      return credentialsFault(name, deadlineSeconds, expiration, Date.now());
    };
    if ((await fault(false)) === undefined) return;
    // A role's credentials may be had anew before the old ones end.
    const lacking = await fault(true);
    if (lacking !== undefined) throw new UserError(lacking);
  }

  /** Puts what the job needs into the bucket. @returns the host's user data */
  private async describe(job: ClientJob, keys: JobKeys): Promise<string> {
    const bucket = this.network.artifactBucket;
    const expiresIn = lifeSeconds(job.deadlineSeconds);
    const get = (key: string) =>
      getSignedUrl(this.s3, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn });
    const put = (key: string) =>
      getSignedUrl(this.s3, new PutObjectCommand({ Bucket: bucket, Key: key }), { expiresIn });
    // Refuses what is too long before anything is made.
    const userData = jobUserData(await get(keys.description), expiresIn);
    const description = jobEnvironment({
      bundleUrl: await get(keys.bundle),
      parametersUrl: await get(keys.parameters),
      archiveUrl: job.archiveKey === undefined ? undefined : await get(job.archiveKey),
      controlUrl: job.controlKey === undefined ? undefined : await get(job.controlKey),
      logUrl: await put(keys.log),
      outcomeUrl: await put(keys.outcome),
      needs: job.needs,
      deadlineSeconds: job.jobSeconds,
    });
    await Promise.all([
      this.put(keys.bundle, job.bundle),
      this.put(keys.parameters, JSON.stringify(job.parameters)),
      this.put(keys.description, description),
    ]);
    return userData;
  }

  private async start(job: ClientJob, id: string, userData: string): Promise<Launched> {
    const image = await this.image(job.instanceTypes ?? smallHost);
    const tags = [
      { Key: "Name", Value: `${this.network.clusterName}-client-${job.name}` },
      { Key: tagKeys.cluster, Value: this.network.clusterName },
      { Key: tagKeys.job, Value: id },
      { Key: tagKeys.ends, Value: new Date(Date.now() + lifeSeconds(job.deadlineSeconds) * 1000).toISOString() },
    ];
    const launched = await launchInFirst(this.ec2, job.subnetIds ?? this.network.nodeSubnetIds, id, {
      ImageId: this.network.imageId,
      InstanceType: image.instanceType,
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
                Ebs: { Encrypted: true, KmsKeyId: ebsKey, VolumeType: "gp3", DeleteOnTermination: true },
              },
            ],
      TagSpecifications: [
        { ResourceType: "instance", Tags: tags },
        { ResourceType: "volume", Tags: tags },
      ],
    });
    const { instanceId, subnetId } = launched;
    job.report(`client host ${instanceId} (${image.instanceType}) is starting in ${subnetId}`);
    return launched;
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
      return (
        "the job wrote no log; the host's console " +
        `says:\n${lastLines(Buffer.from(Output ?? "", "base64").toString(), 60)}`
      );
    } catch (error) {
      return `the job wrote no log, and the host's console can't be read: ${(error as Error).message}`;
    }
  }

  /** The cluster's client hosts that are not on their way out. */
  private async hosts(...filters: readonly Filter[]): Promise<Instance[]> {
    const { Reservations = [] } = await this.ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: `tag:${tagKeys.cluster}`, Values: [this.network.clusterName] },
          { Name: "tag-key", Values: [tagKeys.job] },
          { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] },
          ...filters,
        ],
      }),
    );
    return Reservations.flatMap(({ Instances = [] }) => Instances);
  }

  private async terminateJob(id: string, report: (line: string) => void): Promise<void> {
    try {
      await this.removeLeft(idsOf(await this.hosts({ Name: `tag:${tagKeys.job}`, Values: [id] })), report);
    } catch {
      // What made the launch fail hinders this too; such a host ends by itself.
    }
  }

  private async removeLeft(instances: string[], report: (line: string) => void): Promise<void> {
    if (instances.length === 0) return;
    report(`terminating client hosts that nothing waits for any more: ${instances.join(", ")}`);
    await this.terminate(instances, report);
  }

  private async terminate(instances: string[], report: (line: string) => void): Promise<void> {
    try {
      await this.ec2.send(new TerminateInstancesCommand({ InstanceIds: instances }));
    } catch (error) {
      report(`could not terminate ${instances.join(", ")}, which end by themselves: ${(error as Error).message}`);
    }
  }
}
