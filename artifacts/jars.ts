/**
 * The jars of Kafka, ZooKeeper, the JMX exporter and the compiler: exactly those of the lists in `artifacts/jars`,
 * whoever deploys.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { SettingsError } from "../settings/faults";
import { UserError } from "../settings/userError";
import { fetchByMaven, type MavenArtifacts } from "./maven";
import { repository } from "./repository";
import { sha512Of } from "./sha512";
import type { TarFile } from "./tarArchive";

/** The software whose jars are kept; `ecj` is the compiler of node/java. */
export const knownSoftware = ["kafka", "zookeeper", "jmx_prometheus_javaagent", "ecj"] as const;
/** One of them. */
export type Software = (typeof knownSoftware)[number];

/** The jars of one version, by checksum. */
export interface PinnedJars {
  readonly software: Software;
  readonly version: string;
  /** Lines `<SHA-512>  <file name>`, sorted by name, as `sha512sum` writes and reads them. */
  readonly text: string;
}

/**
 * The version of ZooKeeper, the same for Kafka's client and the servers; 3.8.4, which Kafka 3.9 brings, lacks
 * ZOOKEEPER-4785 and -4846.
 */
const zookeeperOfKafka = "3.8.6";

const listFolder = path.join(repository, "artifacts", "jars");

/** The jars of a version. Throws a `SettingsError` when no list of this version is known. */
export function pinnedJars(software: Software, version: string): PinnedJars {
  const file = jarListFile(software, version);
  if (!fs.existsSync(file)) {
    const message =
      `no list says which jars ${software} ${version} has; known are ${knownVersions(software).join(", ")}. ` +
      `To add one: \`npm run jars -- ${software} ${version}\`; look at it, and commit it`;
    throw new SettingsError([{ path: `${software}Version`, message }]);
  }
  return { software, version, text: fs.readFileSync(file, "utf8") };
}

function knownVersions(software: Software): readonly string[] {
  const file = new RegExp(`^${software}-(.*)\\.sha512$`);
  return fs.readdirSync(listFolder).flatMap((name) => file.exec(name)?.[1] ?? []);
}

/**
 * The jars of the list, by Maven. There is no other way: Apache's distributions have other jars, such as the ZooKeeper
 * client that Kafka brings. Throws a `UserError` when they can't be had, or are not those of the list.
 */
export async function fetchJars({ software, version, text }: PinnedJars): Promise<readonly TarFile[]> {
  const jars = await jarsByMaven(software, version);
  const differences = jarDifferences(text, listOf(jars));
  if (differences.length > 0) {
    throw new UserError(
      `the jars of ${software} ${version} are not those that it is known by: ${differences.join("; ")}. ` +
        "Delete what differs from Maven's local repository and start again; if it stays so, don't use them",
    );
  }
  return jars;
}

/** The list of a version as Maven has it now. */
export async function currentJarList(software: Software, version: string): Promise<string> {
  return listOf(await jarsByMaven(software, version));
}

/** The file with a version's list. */
export function jarListFile(software: Software, version: string): string {
  return path.join(listFolder, `${software}-${version}.sha512`);
}

/** The jars that are lacking, too many or different, one a line. */
export function jarDifferences(expected: string, got: string): readonly string[] {
  const [wanted, there] = [byName(expected), byName(got)];
  return [...new Set([...wanted.keys(), ...there.keys()])].sort().flatMap((jar) => {
    const [sha512, found] = [wanted.get(jar), there.get(jar)];
    if (sha512 === found) return [];
    if (found === undefined) return [`${jar} is missing`];
    if (sha512 === undefined) return [`${jar} is not in the list`];
    return [`${jar} has the SHA-512 ${found.slice(0, 16)}…, not ${sha512.slice(0, 16)}…`];
  });
}

function byName(list: string): ReadonlyMap<string, string> {
  const lines = list.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => [line.slice(130), line.slice(0, 128)]));
}

function listOf(jars: readonly TarFile[]): string {
  return jars.map(({ name, content }) => `${sha512Of(content)}  ${name}\n`).join("");
}

function artifactsOf(software: Software, version: string): MavenArtifacts {
  if (software === "kafka") {
    return {
      dependencies: [`org.apache.kafka:kafka_2.13:${version}`, `org.apache.kafka:kafka-tools:${version}`],
      overrides: [
        `org.apache.zookeeper:zookeeper:${zookeeperOfKafka}`,
        `org.apache.zookeeper:zookeeper-jute:${zookeeperOfKafka}`,
      ],
    };
  }
  if (software === "ecj") return { dependencies: [`org.eclipse.jdt:ecj:${version}`], overrides: [] };
  if (software === "jmx_prometheus_javaagent") {
    return { dependencies: [`io.prometheus.jmx:${software}:${version}`], overrides: [] };
  }
  return {
    // The last three are optional to Maven, but the server doesn't start without the first two, nor its CLI without the
    // third.
    dependencies: [
      `org.apache.zookeeper:zookeeper:${version}`,
      "io.dropwizard.metrics:metrics-core:4.1.12.1",
      "org.xerial.snappy:snappy-java:1.1.10.5",
      "commons-cli:commons-cli:1.5.0",
    ],
    overrides: [],
  };
}

/** The jars of a version as Maven fetches them, sorted by name. */
async function jarsByMaven(software: Software, version: string): Promise<TarFile[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "jars-"));
  try {
    await fetchByMaven(`${software} ${version}`, artifactsOf(software, version), folder);
    const files = fs.readdirSync(folder).sort();
    return files.map((name) => ({ name, content: fs.readFileSync(path.join(folder, name)) }));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
