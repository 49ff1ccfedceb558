// First step of `npm start` and `npm test`: the packages of package-lock.json. Needs nothing but Node.js.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const minimumNode = 20;
const supportedNode = 22;
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".package-lock.sha256");

const major = Number(process.versions.node.split(".")[0]);
if (major < minimumNode) {
  console.error(`Node.js ${process.versions.node} is too old: this project needs ${minimumNode} or newer`);
  process.exit(1);
}
if (major < supportedNode) {
  console.error(`Node.js ${process.versions.node} gets no security fixes any more: use ${supportedNode} or newer`);
}

const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const present = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
if (present !== wanted) {
  console.log("packages: installing what package-lock.json names (npm ci)");
  // Provider packages would download their plugins at installation; Pulumi fetches them itself when it needs them.
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    timeout: 900_000,
  });
  if (status !== 0) {
    console.error(
      "packages: npm ci failed (its output is above); check that npm reaches its registry, and start again",
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
