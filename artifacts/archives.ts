/**
 * The archives that the program uploads: Kafka, ZooKeeper, what a node runs, what the ops host runs. The same files
 * give the same bytes on every machine: nothing in an archive depends on this machine's compression, umask, clock or
 * folders.
 */
import * as fs from "node:fs";
import * as path from "node:path";

import type { Architecture } from "../settings/instanceTypes";
import { bundle, pageProgram } from "./bundle";
import { cacheFolder, writeWhole } from "./cache";
import { carriageReturns } from "./shippedText";
import { fetchJars, pinnedJars } from "./jars";
import { agentsText, javaAgents, type JavaAgent } from "./javaAgents";
import { ensureProgram } from "./programs";
import { releaseOf, type ProgramName } from "./releases";
import { repository } from "./repository";
import { sha512Of } from "./sha512";
import { tarOf, type TarFile } from "./tarArchive";

/** An archive that is uploaded to the bucket. */
export interface Archive {
  /** The archive's name: `kafka-3.9.2`, `zookeeper-3.8.6`, `node`, `kafka-ops`, `prometheus-3.13.4-arm64`. */
  readonly name: string;
  /** Absolute path of the file. */
  readonly path: string;
  /** SHA-512 of the file, 128 hexadecimal digits. */
  readonly sha512: string;
}

/** The version of the JMX exporter, which is in both archives. */
const jmxExporterVersion = "1.0.1";

/**
 * The archive of Kafka's jars, the JMX exporter's and the brokers' agents, as `libs/*.jar`. Throws when they can't be
 * had, or are not those that this version is known by.
 */
export function ensureKafkaArchive(version: string): Promise<Archive> {
  return ensureSoftware("kafka", version, "libs", ["brokeragent", "metrics"]);
}

/**
 * The archive of ZooKeeper's jars, the JMX exporter's and our agent, as `lib/*.jar`. Throws as
 * {@link ensureKafkaArchive} does.
 */
export function ensureZooKeeperArchive(version: string): Promise<Archive> {
  return ensureSoftware("zookeeper", version, "lib", ["metrics"]);
}

/**
 * The archive of what a node needs of the folder `node/`. Throws a `UserError` when git has changed the ends of lines,
 * also those of the ops host's files.
 */
export function nodeArchive(folder = path.join(repository, "node")): Archive {
  // The ops host's own: a change of it must not change every node. The agent comes with Kafka.
  const content = tarOf(shippedFiles(folder).filter(({ name }) => !/^(ops|java)\//.test(name)));
  return cached("node", content, "tar");
}

/** What of the folder `node/` the ops host has for its monitoring: taking a volume is the same as on a node. */
const monitoringFiles =
  /^(ops\/monitoring\/|bin\/(attach|mount|grow)-data-volume$|lib\/(common|volume|reserve|metrics)\.sh$|systemd\/(attach|mount|grow)-data-volume\.)/;

/**
 * The archive of what the ops host runs for its monitoring, with the alert rules. Throws a `UserError` when git has
 * changed the ends of lines.
 */
export function monitoringArchive(): Archive {
  const programs = shippedFiles(path.join(repository, "node")).filter(({ name }) => monitoringFiles.test(name));
  const rules = shippedFiles(path.join(repository, "monitoring", "rules")).filter(({ name }) =>
    /^[^/]+\.yml$/.test(name),
  );
  const content = tarOf([...programs, ...rules.map((file) => ({ ...file, name: `rules/${file.name}` }))]);
  return cached("monitoring", content, "tar");
}

/** What of a node's the ops host runs too, and its name there. */
const sharedFiles: Readonly<Record<string, string>> = {
  "bootstrap.sh": "fetch-archive",
  "bin/ship-logs": "ship-logs",
  "lib/bucket.py": "bucket.py",
  "systemd/ship-logs.service": "ship-logs.service",
};

/**
 * The archive of what the ops host runs beside `kafka-ops`: units of systemd and programs, without folders. Throws a
 * `UserError` when git has changed the ends of lines.
 */
export function opsFilesArchive(): Archive {
  const files = shippedFiles(path.join(repository, "node")).flatMap(({ name, content }) => {
    // Two are in its user data; the monitoring's come by an archive of their own.
    const [, own] = /^ops\/(?!bootstrap\.sh$|refresh-tools\.sh$)([^/]+)$/.exec(name) ?? [];
    const there = own ?? sharedFiles[name];
    if (there === undefined) return [];
    const isUnit = name.startsWith("systemd/");
    const text = () => Buffer.from(content).toString().replace("/opt/kafka-node/bin/", "/opt/kafka-ops/");
    return [{ name: there, content: isUnit ? Buffer.from(text()) : content }];
  });
  return cached("ops-files", tarOf(files), "tar");
}

/** The archive of `ops/kafkaOps.ts` with all that it imports. */
export async function opsBundle(): Promise<Archive> {
  return cached("kafka-ops", await bundle("ops/kafkaOps"), "js");
}

/** The program of the page in the browser. */
export async function pageArchive(): Promise<Archive> {
  return cached("kafka-page", await pageProgram(), "js");
}

/**
 * One of the monitoring's programs by itself, as the ops host fetches it. Its bytes are the same wherever the official
 * release can be reached; what is built from Go modules differs from that, and with the machine's Go. Throws a
 * `UserError` when it can't be had.
 * @param architecture of the machine on which it is to run
 */
export async function programFile(program: ProgramName, architecture: Architecture): Promise<Archive> {
  const file = await ensureProgram(program, undefined, architecture);
  return { name: nameOf(program, architecture), path: file, sha512: sha512Of(fs.readFileSync(file)) };
}

/** The same as an archive that holds the program alone, as nodes fetch it. */
export async function programArchive(program: ProgramName, architecture: Architecture): Promise<Archive> {
  const content = fs.readFileSync(await ensureProgram(program, undefined, architecture));
  return cached(nameOf(program, architecture), tarOf([{ name: program, content }]), "tar");
}

function nameOf(program: ProgramName, architecture: Architecture): string {
  return `${program}-${releaseOf(program).version}-${architecture}`;
}

/** An archive of Kafka's or ZooKeeper's jars, made once and kept. */
async function ensureSoftware(
  software: "kafka" | "zookeeper",
  version: string,
  jarFolder: string,
  agents: readonly JavaAgent[],
): Promise<Archive> {
  const pinned = [pinnedJars(software, version), pinnedJars("jmx_prometheus_javaagent", jmxExporterVersion)];
  const name = `${software}-${version}`;
  // Another list is another archive.
  const key = sha512Of(pinned.map(({ text }) => text).join("") + agentsText(agents)).slice(0, 16);
  const file = path.join(cacheFolder("archives"), `${name}-${key}.tar`);
  const checksumFile = `${file}.sha512`;
  if (fs.existsSync(file) && fs.existsSync(checksumFile)) {
    const [expected, got] = [fs.readFileSync(checksumFile, "utf8").trim(), sha512Of(fs.readFileSync(file))];
    if (got !== expected) {
      throw new Error(
        `the archive ${file} has the SHA-512 ${got}, but had ${expected} when it was made: delete it and start again`,
      );
    }
    return { name, path: file, sha512: got };
  }
  const jars = (await Promise.all(pinned.map(fetchJars))).flat();
  const all = [...jars, ...(await javaAgents(agents, jars))];
  const content = tarOf(all.map((jar) => ({ ...jar, name: `${jarFolder}/${jar.name}` })));
  const sha512 = sha512Of(content);
  writeWhole(file, content);
  writeWhole(checksumFile, Buffer.from(`${sha512}\n`));
  return { name, path: file, sha512 };
}

/** Keeps a file in the cache. Several clones share it and may differ: one that has been given out never changes. */
function cached(name: string, content: Uint8Array, extension: string): Archive {
  const sha512 = sha512Of(content);
  const file = path.join(cacheFolder("archives"), `${name}-${sha512.slice(0, 16)}.${extension}`);
  if (!fs.existsSync(file) || sha512Of(fs.readFileSync(file)) !== sha512) writeWhole(file, content);
  return { name, path: file, sha512 };
}

/** The files of a folder that goes to machines. Throws a `UserError` when git has changed the ends of their lines. */
function shippedFiles(folder: string): (TarFile & { readonly content: Buffer })[] {
  // No part of it: what Python leaves when a program of the folder is run here, and what the folder says to people.
  const files = filesBelow(folder).filter(({ name }) => !name.includes("__pycache__/") && name !== "README.md");
  const converted = files.filter(({ content }) => content.includes("\r"));
  if (converted.length > 0) throw carriageReturns(converted.map(({ name }) => path.join(folder, name)));
  return files;
}

/** The files of a folder and of those in it, by their paths in it, with `/` on every machine. */
function filesBelow(folder: string, below = ""): (TarFile & { readonly content: Buffer })[] {
  return fs.readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(below, entry.name);
    return entry.isDirectory()
      ? filesBelow(folder, name)
      : [{ name, content: fs.readFileSync(path.join(folder, name)) }];
  });
}
