/**
 * The archives that the program uploads: Kafka, ZooKeeper, what a node runs, what the ops host runs. Made once and kept in
 * the cache folder; every use checks them.
 */
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import { build } from "esbuild";
import * as tar from "tar";

export interface Archive {
  /** `kafka-3.9.2`, `zookeeper-3.8.6`, `node`, `kafka-ops`. */
  readonly name: string;
  /** Absolute path of the file. */
  readonly path: string;
  /** SHA-512 of the file, 128 hexadecimal digits. */
  readonly sha512: string;
}

interface Software {
  readonly name: "kafka" | "zookeeper";
  readonly version: string;
  /** The folder of the jars inside the archive, as in the official distribution. */
  readonly jarFolder: "libs" | "lib";
  /** Maven coordinates, `group:artifact:version`. */
  readonly dependencies: readonly string[];
  /** Versions that are set aside, for what the dependencies would bring. */
  readonly overrides: readonly string[];
  /** Below Apache's download folder. */
  readonly distribution: string;
}

/** ZooKeeper's own client and server in one place; 3.8.4, which Kafka 3.9 brings, lacks ZOOKEEPER-4785 and -4846. */
const zookeeperOfKafka = "3.8.6";

/**
 * SHA-512 over the names and SHA-512 of an archive's jars (`jarListDigest`), as built from the Maven artifacts. Not of the
 * archive itself: its compression differs from one zlib to the next.
 */
const pinnedJars: Readonly<Record<string, string>> = {
  "kafka-3.9.2":
    "660c98a0389ea593556ca8823103641610e2156d83695e301499eb8328c6921e5eb80c7f93be974038bed90232ca5740bc6bf1e8d9cdbbae35b258663ba3faab",
  "zookeeper-3.8.6":
    "42e464a78b80e399cf3de0ea96b40c8fa1c214d653d04081fcbf1925678d608d848af34e1b6c0ced1d0d5ac7db8f0c6df084bd7c6e9b59162eb1d107cd80fdeb",
};

/** Kafka's jars as `libs/*.jar`. Throws when they can't be had, or are not those that this version is known by. */
export function ensureKafkaArchive(version: string): Promise<Archive> {
  return ensureSoftware({
    name: "kafka",
    version,
    jarFolder: "libs",
    dependencies: [`org.apache.kafka:kafka_2.13:${version}`, `org.apache.kafka:kafka-tools:${version}`],
    overrides: [
      `org.apache.zookeeper:zookeeper:${zookeeperOfKafka}`,
      `org.apache.zookeeper:zookeeper-jute:${zookeeperOfKafka}`,
    ],
    distribution: `kafka/${version}/kafka_2.13-${version}.tgz`,
  });
}

/** ZooKeeper's jars as `lib/*.jar`. Throws as {@link ensureKafkaArchive} does. */
export function ensureZooKeeperArchive(version: string): Promise<Archive> {
  return ensureSoftware({
    name: "zookeeper",
    version,
    jarFolder: "lib",
    // The last three are optional to Maven, but the server doesn't start without the first two, nor its CLI without the third.
    dependencies: [
      `org.apache.zookeeper:zookeeper:${version}`,
      "io.dropwizard.metrics:metrics-core:4.1.12.1",
      "org.xerial.snappy:snappy-java:1.1.10.5",
      "commons-cli:commons-cli:1.5.0",
    ],
    overrides: [],
    distribution: `zookeeper/zookeeper-${version}/apache-zookeeper-${version}-bin.tar.gz`,
  });
}

/** What a node needs of the folder `node/`; the same content gives the same archive. */
export async function nodeArchive(): Promise<Archive> {
  const draft = await makeArchive("node", path.join(__dirname, "..", "node"), `.${randomBytes(6).toString("hex")}`, [
    // The ops host's own: a change of it must not change every node.
    "ops",
    // What Python leaves when a program of the folder is run here.
    "__pycache__",
  ]);
  // Several clones share the cache and may differ in node/: a file that has been given out never changes.
  const file = path.join(archiveFolder(), `node-${draft.sha512.slice(0, 16)}.tgz`);
  fs.renameSync(draft.path, file);
  return { ...draft, path: file };
}

/** `scripts/kafkaOps.ts` with all that it imports, as one JavaScript file for Node.js 18 or newer. */
export async function opsBundle(): Promise<Archive> {
  const { outputFiles } = await build({
    entryPoints: [path.join(__dirname, "..", "scripts", "kafkaOps.ts")],
    bundle: true,
    platform: "node",
    target: "node18",
    write: false,
    logLevel: "silent",
  });
  const content = outputFiles[0]?.contents ?? new Uint8Array();
  const sha512 = createHash("sha512").update(content).digest("hex");
  const file = path.join(archiveFolder(), `kafka-ops-${sha512.slice(0, 16)}.js`);
  if (!fs.existsSync(file)) writeWhole(file, content);
  return { name: "kafka-ops", path: file, sha512 };
}

async function ensureSoftware(software: Software): Promise<Archive> {
  const name = `${software.name}-${software.version}`;
  const file = path.join(archiveFolder(), `${name}.tgz`);
  const checksumFile = `${file}.sha512`;
  if (fs.existsSync(file) && fs.existsSync(checksumFile)) {
    const [expected, got] = [fs.readFileSync(checksumFile, "utf8").trim(), sha512Of(file)];
    if (got !== expected) {
      throw new Error(
        `the archive ${file} has the SHA-512 ${got}, but had ${expected} when it was made: delete it and start again`,
      );
    }
    return { name, path: file, sha512: got };
  }
  const draft = fs.mkdtempSync(path.join(os.tmpdir(), `${name}-`));
  try {
    const jars = path.join(draft, "archive", software.jarFolder);
    fs.mkdirSync(jars, { recursive: true });
    await fetchJars(software, draft, jars);
    const archive = await makeArchive(name, path.join(draft, "archive"));
    writeWhole(checksumFile, Buffer.from(`${archive.sha512}\n`));
    return archive;
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

/** From the Maven artifacts if there is a Maven client, otherwise from Apache's distribution. */
async function fetchJars(software: Software, draft: string, jars: string): Promise<void> {
  const title = `${software.name} ${software.version}`;
  const fromMaven = await copyDependencies(software, draft, jars).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (fromMaven === undefined) {
    checkPinned(`${software.name}-${software.version}`, jars);
    return;
  }
  try {
    await unpackDistribution(software, draft, jars);
  } catch (error) {
    throw new Error(
      `${title} can't be had: by Maven: ${fromMaven}; from Apache: ${(error as Error).message}. Install Maven, or allow access to Apache's downloads, and start again`,
    );
  }
}

async function copyDependencies(software: Software, draft: string, jars: string): Promise<void> {
  const pom = path.join(draft, "pom.xml");
  fs.writeFileSync(pom, pomOf(software));
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
  const args = ["--batch-mode", "--quiet", "--file", pom, goal, "-DincludeScope=runtime", `-DoutputDirectory=${jars}`];
  await promisify(execFile)("mvn", args, { timeout: 600_000, maxBuffer: 2 ** 24 }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") throw new Error("the command mvn is not installed");
      const output = String((error as { stdout?: string }).stdout ?? "").match(/^\[ERROR\].*$/m);
      throw new Error(output?.[0] ?? error.message.split("\n")[0]);
    },
  );
}

function pomOf(software: Software): string {
  const dependency = (coordinates: string): string => {
    const [group, artifact, version] = coordinates.split(":");
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  };
  return [
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>`,
    `<groupId>archive</groupId><artifactId>${software.name}</artifactId><version>${software.version}</version>`,
    `<dependencyManagement><dependencies>${software.overrides.map(dependency).join("")}</dependencies></dependencyManagement>`,
    `<dependencies>${software.dependencies.map(dependency).join("")}</dependencies></project>`,
  ].join("\n");
}

function checkPinned(name: string, jars: string): void {
  const expected = pinnedJars[name];
  const got = jarListDigest(jars);
  if (expected !== undefined && got !== expected) {
    throw new Error(
      `the jars of ${name} are not those that it is known by: SHA-512 of their list ${got}, expected ${expected}. Delete org/apache/${name.split("-")[0]} in Maven's local repository and start again; if it stays so, don't use them`,
    );
  }
}

/** SHA-512 over the lines `<sha512>  <file name>` of a folder's files, sorted by name. */
export function jarListDigest(folder: string): string {
  const lines = fs
    .readdirSync(folder)
    .sort()
    .map((file) => `${sha512Of(path.join(folder, file))}  ${file}\n`);
  return createHash("sha512").update(lines.join("")).digest("hex");
}

async function unpackDistribution(software: Software, draft: string, jars: string): Promise<void> {
  const url = `https://archive.apache.org/dist/${software.distribution}`;
  const expected = publishedSha512(Buffer.from(await get(`${url}.sha512`, 30)).toString());
  const content = await get(url, 1200);
  const got = createHash("sha512").update(content).digest("hex");
  if (got !== expected) throw new Error(`${url} has the SHA-512 ${got}, but ${expected} is published`);
  const file = path.join(draft, "distribution.tgz");
  fs.writeFileSync(file, content);
  tar.extract({
    file,
    cwd: jars,
    sync: true,
    strip: 2,
    filter: (entry) => new RegExp(`^[^/]+/${software.jarFolder}/[^/]+\\.jar$`).test(entry),
  });
}

/** Apache's checksum files come as `<hex>  <file>` and as `<file>: AAAA BBBB …` over several lines. */
export function publishedSha512(text: string): string {
  const digits = text
    .replace(/^[^\n:]*:/, "")
    .replace(/\s+/g, "")
    .toLowerCase();
  const found = /^[0-9a-f]{128}/.exec(digits)?.[0];
  if (found === undefined) throw new Error(`no SHA-512 in the published checksum: ${text.slice(0, 80)}`);
  return found;
}

async function get(url: string, seconds: number): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(seconds * 1000) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(`${url}: ${cause instanceof Error ? cause.message : message}`);
  }
}

/** A .tgz of a folder in the cache: sorted, without times and owners, so that the same files give the same bytes. */
/** @param without names of files and folders that are left out, at any depth */
async function makeArchive(
  name: string,
  folder: string,
  suffix = "",
  without: readonly string[] = [],
): Promise<Archive> {
  const file = path.join(archiveFolder(), `${name}${suffix}.tgz`);
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const compression = { level: 6 };
  try {
    await tar.create(
      { file: draft, cwd: folder, gzip: compression, portable: true, mtime: new Date(0) },
      filesBelow(folder, without),
    );
    fs.renameSync(draft, file);
  } finally {
    fs.rmSync(draft, { force: true });
  }
  return { name, path: file, sha512: sha512Of(file) };
}

/** Paths below `folder`, sorted. */
function filesBelow(folder: string, without: readonly string[], below = ""): string[] {
  return fs
    .readdirSync(path.join(folder, below), { withFileTypes: true })
    .filter(({ name }) => !without.includes(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(below, entry.name);
      return entry.isDirectory() ? filesBelow(folder, without, file) : [file];
    });
}

function writeWhole(file: string, content: Uint8Array): void {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  fs.writeFileSync(draft, content);
  fs.renameSync(draft, file);
}

function sha512Of(file: string): string {
  return createHash("sha512").update(fs.readFileSync(file)).digest("hex");
}

/** `$XDG_CACHE_HOME/kafka-on-ec2/archives`, by default in `~/.cache`. */
function archiveFolder(): string {
  const base = process.env.XDG_CACHE_HOME;
  // The XDG specification has relative paths ignored.
  const root = base !== undefined && path.isAbsolute(base) ? base : path.join(os.homedir(), ".cache");
  const folder = path.join(root, "kafka-on-ec2", "archives");
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}
