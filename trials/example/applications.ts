import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
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
  const names = readdirSync(built, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(built, name)).isFile(),
  );
  const page = join(repository, "trials", "jobs", "example", "live.html");
  return tarOf([
    ...names.map((name) => ({ name, content: readFileSync(join(built, name)) })),
    { name: "live.html", content: readFileSync(page) },
  ]);
}
