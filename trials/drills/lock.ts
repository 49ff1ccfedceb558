/** One drill or benchmark at a time on a cluster: an object in its bucket, so that it holds for every machine. */
import { hostname } from "node:os";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { StackOutputs } from "../../planning/cluster/outputs";
import { commandLineOf } from "../../ops/commandLine";
import { s3Client } from "../../stack/awsClients";
import { UserError } from "../../cli/userError";

const lockKey = "state/drill.json";
/** Client hosts of these jobs run while a lock is held, and at no other time. */
export const lockedJobs = ["bench", "drill", "drill-client"] as const;

/** The process that makes a drill. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** When it took the lock, ISO 8601. */
  readonly since: string;
  /** Whether it changes the stack's settings. */
  readonly changesSettings?: boolean;
}

/** The place where the lock is kept. */
export interface LockStore {
  /**
   * Creates the lock.
   * @returns false when there is one already
   */
  create(text: string): Promise<boolean>;
  read(): Promise<string | undefined>;
  replace(text: string): Promise<void>;
  remove(): Promise<void>;
  /** The place in messages: `s3://bucket/state/drill.json`. */
  readonly place: string;
}

/** This process, and how it knows others of this machine. */
export interface ThisProcess {
  readonly host: string;
  readonly pid: number;
  /** Whether a process of this machine is a drill that runs. */
  readonly isDrill: (pid: number) => boolean;
}

/** The lock by which one drill or benchmark runs at a time on a cluster. */
export class DrillLock {
  private constructor(
    private readonly store: LockStore,
    /** The killed drill whose lock this was: what it left has to be cleared away. */
    readonly takenOverFrom?: LockHolder,
  ) {}

  /** Takes the lock, also that of a drill of this machine that was killed. Throws a UserError when a drill runs. */
  static async take(store: LockStore, changesSettings: boolean, me: ThisProcess = thisProcess): Promise<DrillLock> {
    const holder: LockHolder = { host: me.host, pid: me.pid, since: new Date().toISOString(), changesSettings };
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await store.create(JSON.stringify(holder))) return new DrillLock(store);
      const text = await store.read();
      // Released between the two.
      if (text === undefined) continue;
      const other = JSON.parse(text) as LockHolder;
      if (other.host !== me.host) {
        throw new UserError(
          `a drill of ${other.host} (process ${other.pid}) has been running since ${other.since}; ` +
            `if it was killed, delete ${store.place}`,
        );
      }
      if (me.isDrill(other.pid))
        throw new UserError(`a drill or benchmark is already running (process ${other.pid}, since ${other.since})`);
      await store.replace(JSON.stringify(holder));
      return new DrillLock(store, other);
    }
    throw new UserError("another drill or benchmark begins in this moment");
  }

  async release(): Promise<void> {
    await this.store.remove();
  }
}

const thisProcess: ThisProcess = {
  host: hostname(),
  pid: process.pid,
  isDrill: (pid) =>
    pid !== process.pid && commandLineOf(pid).some((word) => /(^|\/)scripts\/(drill|bench|example)\.ts$/.test(word)),
};

/** The lock of a stack, in its bucket. */
export function bucketLockStore({
  region,
  artifactBucket,
}: Pick<StackOutputs, "region" | "artifactBucket">): LockStore {
  const s3 = s3Client(region);
  const object = { Bucket: artifactBucket, Key: lockKey };
  return {
    place: `s3://${artifactBucket}/${lockKey}`,
    create: async (text) => {
      try {
        await s3.send(new PutObjectCommand({ ...object, Body: text, IfNoneMatch: "*" }));
        return true;
      } catch (error) {
        const { name } = error as Error;
        if (name === "PreconditionFailed" || name === "ConditionalRequestConflict") return false;
        throw error;
      }
    },
    read: async () => {
      try {
        const { Body } = await s3.send(new GetObjectCommand(object));
        return await Body?.transformToString();
      } catch (error) {
        if ((error as Error).name === "NoSuchKey") return undefined;
        throw error;
      }
    },
    replace: async (text) => {
      await s3.send(new PutObjectCommand({ ...object, Body: text }));
    },
    remove: async () => {
      await s3.send(new DeleteObjectCommand(object));
    },
  };
}
