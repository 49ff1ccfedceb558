import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../artifacts/repository";

interface PackageFile {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Every version that a package.json of the project names, with where it stands. */
function namedVersions(): { readonly name: string; readonly version: string; readonly file: string }[] {
  const examples = readdirSync(join(repository, "examples")).map((name) => join("examples", name));
  return ["", "lab", ...examples]
    .map((folder) => join(folder, "package.json"))
    .filter((file) => existsSync(join(repository, file)))
    .flatMap((file) => {
      const { dependencies, devDependencies } = JSON.parse(readFileSync(join(repository, file), "utf8")) as PackageFile;
      return Object.entries({ ...dependencies, ...devDependencies }).map(([name, version]) => ({
        name,
        version,
        file,
      }));
    });
}

/** The groups in which not every entry has the same version. */
function differing(groupOf: (name: string) => string | undefined): string[] {
  const groups = new Map<string, { readonly versions: Set<string>; readonly lines: string[] }>();
  for (const { name, version, file } of namedVersions()) {
    const key = groupOf(name);
    if (key === undefined) continue;
    const group = groups.get(key) ?? { versions: new Set(), lines: [] };
    groups.set(key, group);
    group.versions.add(version);
    group.lines.push(`${file}: ${name} ${version}`);
  }
  return [...groups.values()].filter(({ versions }) => versions.size > 1).flatMap(({ lines }) => lines);
}

describe("the packages", () => {
  it("of the AWS SDK all have one version", () => {
    assert.deepEqual(
      differing((name) => (/^@aws-sdk\/(client-|s3-)/.test(name) ? "AWS SDK" : undefined)),
      [],
    );
  });

  it("have one version in every package.json of the project, and it is exact", () => {
    assert.deepEqual(
      differing((name) => name),
      [],
    );
    const ranges = namedVersions().filter(
      ({ version }) => !/^\d+\.\d+\.\d+$/.test(version) && !/^(file|link):/.test(version),
    );
    assert.deepEqual(ranges, []);
  });
});
