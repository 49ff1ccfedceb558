import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import { UserError } from "../settings/userError";

/** What Maven is to fetch. */
export interface MavenArtifacts {
  /**
   * Maven coordinates: `group:artifact:version` with all that it needs at run time, or
   * `group:artifact:version:type:classifier`, that file alone.
   */
  readonly dependencies: readonly string[];
  /** Maven coordinates whose versions win over those that the dependencies would bring. */
  readonly overrides: readonly string[];
}

/**
 * Fetches artifacts into an existing folder. Throws a `UserError` when they can't be had.
 * @param name what they are, for people: `kafka 3.9.2`
 */
export async function fetchByMaven(name: string, artifacts: MavenArtifacts, folder: string): Promise<void> {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "maven-"));
  const pom = path.join(work, "pom.xml");
  fs.writeFileSync(pom, pomOf(artifacts));
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
  const options = ["-DincludeScope=runtime", `-DoutputDirectory=${folder}`];
  try {
    await promisify(execFile)("mvn", ["--batch-mode", "--quiet", "--file", pom, goal, ...options], {
      timeout: 600_000,
      maxBuffer: 2 ** 24,
    });
  } catch (error) {
    throw new UserError(`${name} can't be had: ${mavenFault(error as NodeJS.ErrnoException)}`);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

function mavenFault(error: NodeJS.ErrnoException & { readonly stdout?: string }): string {
  if (error.code === "ENOENT") {
    return "its jars are fetched by Maven, and the command mvn is not installed; install Maven and start again";
  }
  const line = /^\[ERROR\].*$/m.exec(error.stdout ?? "")?.[0];
  return `Maven says: ${line ?? error.message.split("\n")[0] ?? ""}`;
}

function pomOf({ dependencies, overrides }: MavenArtifacts): string {
  return [
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>`,
    `<groupId>archive</groupId><artifactId>archive</artifactId><version>1</version>`,
    `<dependencyManagement><dependencies>${overrides.map(dependency).join("")}</dependencies></dependencyManagement>`,
    `<dependencies>${dependencies.map(dependency).join("")}</dependencies></project>`,
  ].join("\n");
}

function dependency(coordinates: string): string {
  const [group, artifact, version, type, classifier] = coordinates.split(":");
  const name = `<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>`;
  if (type === undefined) return `<dependency>${name}</dependency>`;
  const nothingElse = "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>";
  return `<dependency>${name}<type>${type}</type><classifier>${classifier}</classifier>${nothingElse}</dependency>`;
}
