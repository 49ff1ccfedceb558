/** Lints the workflows by actionlint: the one on PATH, or one that is built from Go modules, once, into the cache. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { cachedFolder, keyOf } from "../lab/setup/cachedFolder";
import { findCommand } from "../lab/setup/findCommand";
import { run } from "../lab/setup/run";

const source = join(__dirname, "actionlint");

async function actionlint(): Promise<string | undefined> {
  const installed = findCommand("actionlint");
  if (installed !== undefined) return installed;
  if (findCommand("go") === undefined) return undefined;
  const progress = (line: string) => console.log(line);
  const folder = await cachedFolder({
    name: "actionlint",
    key: keyOf([{ file: join(source, "go.sum") }, process.arch]),
    timeoutSeconds: 600,
    progress,
    build: async (draft) => {
      progress("actionlint: building it from Go modules, once");
      const flags = ["-mod=readonly", "-buildvcs=false", "-trimpath"];
      await run("go", ["build", ...flags, "-o", draft, "github.com/rhysd/actionlint/cmd/actionlint"], {
        purpose: "building actionlint from Go modules",
        cwd: source,
        env: { GOFLAGS: "", GOWORK: "off", CGO_ENABLED: "0" },
        timeoutSeconds: 550,
        remedy: "check that `go` reaches its module proxy, or install actionlint yourself",
      });
    },
  });
  return join(folder, "actionlint");
}

async function main(): Promise<number> {
  const command = await actionlint();
  if (command === undefined) {
    console.log("actionlint: skipped, as neither it nor Go is installed: the workflows' syntax is not checked");
    return 0;
  }
  return spawnSync(command, { stdio: "inherit" }).status ?? 1;
}

void main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(`actionlint: ${error.message}`);
    process.exit(1);
  },
);
