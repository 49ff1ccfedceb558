import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a shell scenario printed, errors in their place, and how it ended. */
export interface Outcome {
  readonly status: number;
  readonly output: string;
}

const nodeFolder = join(__dirname, "../../../node");

/**
 * Runs before each scenario: a private view of the machine with the node archive in place. Gone when the scenario ends.
 */
const prelude = String.raw`
set -euo pipefail
exec 2>&1
upper=$(mktemp -d "$SANDBOX/upper.XXXXXX")
mount -t tmpfs sandbox "$upper"
for folder in etc opt var/lib var/log dev run; do
  mkdir -p "$upper/$folder" "$upper/work/$folder"
  mount -t overlay -o "lowerdir=/$folder,upperdir=$upper/$folder,workdir=$upper/work/$folder" overlay "/$folder"
done
mkdir -p /etc/kafka-node /opt/kafka-node "$upper/bin" /dev/disk/by-id
cp "$SANDBOX/node.env" /etc/kafka-node/node.env
cp -r "$NODE_FOLDER/." /opt/kafka-node
cp "$NODE_FOLDER/bootstrap.sh" /etc/kafka-node/bootstrap
cp "$NODE_FOLDER/aws.sh" /etc/kafka-node/aws
echo "kafka:x:9092:9092::/var/lib/kafka:/usr/sbin/nologin
zookeeper:x:2181:2181::/var/lib/zookeeper:/usr/sbin/nologin
ec2-user:x:1999:1999::/home/ec2-user:/bin/bash" >>/etc/passwd
echo "kafka:x:9092:
zookeeper:x:2181:
ec2-user:x:1999:" >>/etc/group
device_link=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0
plug() { ln -s "$LOOP_DEVICE" "$device_link"; }
export PATH="$upper/bin:/opt/kafka-node/bin:$PATH" device_link

# Every call of AWS must say how long it may take.
awsLimits='[[ "$1 $3" == "--cli-connect-timeout --cli-read-timeout" && -n $AWS_MAX_ATTEMPTS ]] || { echo "aws without limits: $*"; exit 250; }; shift 4'
# stub NAME: stands in for a command that can't be real here; its body comes by standard input.
stub() {
  { echo '#!/usr/bin/env bash'; [[ $1 != aws ]] || echo "$awsLimits"; cat; } >"$upper/bin/$1"
  chmod +x "$upper/bin/$1"
}
# dies_in NAME: from now on the machine "loses power" when a program comes to call this command.
dies_in() { stub "$1" <<<'kill -9 $PPID'; }
power_back() { rm "$upper"/bin/*; }
call_count() { wc -l <"$SANDBOX/calls" 2>/dev/null || echo 0; }
`;

/**
 * A machine for the node's scripts: private mounts over /etc, /opt, /var/lib, /dev and /run, and a blank volume (a loop
 * device) that lives from scenario to scenario. Needs root on Linux.
 */
export class NodeSandbox {
  readonly folder = mkdtempSync(join(tmpdir(), "kafka-node-test-"));
  readonly image = join(this.folder, "volume");
  private loopDevice = "";

  constructor(settings: Record<string, string> = {}, volumeMiB = 320) {
    writeFileSync(this.image, "");
    truncateSync(this.image, volumeMiB * 1024 * 1024);
    const environment = {
      NODE_ROLE: "kafka",
      NODE_NAME: "kafka-3",
      NODE_ID: "3",
      CLUSTER_NAME: `sandbox-${process.pid}`,
      AWS_REGION: "us-east-1",
      NODE_REVISION: "0123456789ab",
      ARTIFACT_BUCKET: "the-bucket",
      NODE_ARCHIVE_KEY: "artifacts/node.tar",
      NODE_ARCHIVE_SHA512: "0",
      SOFTWARE_ARCHIVE_KEY: "artifacts/kafka.tar",
      SOFTWARE_ARCHIVE_SHA512: "0",
      VOLUME_ID: "vol-0123456789abcdef0",
      INITIALIZED_MARKER_KEY: "state/zookeeper-initialized",
      ...settings,
    };
    const lines = Object.entries(environment).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(join(this.folder, "node.env"), lines.join(""));
  }

  /** Runs a bash scenario as root in a fresh view of the machine: as after a reboot, with the same volume. */
  run(scenario: string, seconds = 60): Outcome {
    this.loopDevice ||= execFileSync("losetup", ["--find", "--show", this.image], { encoding: "utf8" }).trim();
    const script = join(this.folder, "scenario.sh");
    writeFileSync(script, prelude + scenario);
    const result = spawnSync("unshare", ["--mount", "--propagation", "private", "bash", script], {
      encoding: "utf8",
      env: {
        PATH: `${process.env.PATH}:/usr/sbin:/sbin`,
        SANDBOX: this.folder,
        NODE_FOLDER: nodeFolder,
        LOOP_DEVICE: this.loopDevice,
      },
      timeout: seconds * 1000,
    });
    return { status: result.status ?? -1, output: result.stdout };
  }

  /** The volume grows while it is in use. */
  growVolume(volumeMiB: number): string {
    return `truncate --size=${volumeMiB}M ${this.image} && losetup --set-capacity "$LOOP_DEVICE"\n`;
  }

  /** Remembers every byte of the volume; the answer tells whether all are still the same. */
  watchVolume(): () => boolean {
    execFileSync("cp", ["--sparse=always", this.image, `${this.image}.before`]);
    return () => spawnSync("cmp", ["--quiet", this.image, `${this.image}.before`]).status === 0;
  }

  remove(): void {
    if (this.loopDevice) {
      execFileSync("losetup", ["--detach", this.loopDevice]);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Mocha hook: leaves out a suite where a private view of the machine can't be made. */
export function needsRoot(this: Mocha.Context): void {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    console.log("      (left out: needs root on Linux)");
    this.skip();
  }
}
