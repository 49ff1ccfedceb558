import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { repository } from "../../artifacts/repository";
import { tarOf } from "../../artifacts/tarArchive";

const buildSeconds = 120;

/** A tar archive of what runs on the client host: examples/activity as its own commands build it, and the live page. */
export async function packApplications(): Promise<Buffer> {
  const folder = join(repository, "examples", "activity");
  for (const application of ["collector", "store", "reconcile"]) {
    await promisify(execFile)("npm", ["run", "--silent", `build:${application}`], {
      cwd: folder,
      timeout: buildSeconds * 1000,
    });
  }
  const built = join(folder, "dist");
  const names = readdirSync(built, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const page = join(repository, "trials", "jobs", "example", "live.html");
  return tarOf([
    ...names.map((file) => ({ name: file.slice(built.length + 1), content: readFileSync(file) })),
    { name: "live.html", content: readFileSync(page) },
  ]);
}
