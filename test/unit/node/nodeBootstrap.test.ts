import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NodeSandbox, needsRoot } from "./nodeSandbox";

const nodeFolder = join(__dirname, "../../../node");

/**
 * A bucket with a small archive under artifacts/kafka.tar; `sha512` is its checksum. The first downloads fail if told
 * so.
 */
function bucket(failures = 0): string {
  return `
export failures=${failures}; rm -f "$SANDBOX/calls"
mkdir "$SANDBOX/tree"; echo jar >"$SANDBOX/tree/kafka.jar"; tar -cf "$SANDBOX/kafka.tar" -C "$SANDBOX/tree" .
sha512=$(sha512sum <"$SANDBOX/kafka.tar" | cut -d ' ' -f 1)
stub aws <<'END'
echo "$*" >>"$SANDBOX/calls"
if (($(wc -l <"$SANDBOX/calls") <= failures)); then echo "Unable to locate credentials" >&2; exit 253; fi
[[ "$*" == "s3api get-object --bucket the-bucket --key artifacts/kafka.tar "* ]] || exit 252
cp "$SANDBOX/kafka.tar" "\${!#}"
END
sed -i 's/sleep 3/sleep 0.1/' /etc/kafka-node/bootstrap
fetch() { /etc/kafka-node/bootstrap fetch artifacts/kafka.tar "$1" /opt/kafka; }
`;
}

describe("fetching an archive", function () {
  before(needsRoot);

  let sandbox: NodeSandbox;
  beforeEach(() => {
    sandbox = new NodeSandbox();
  });
  afterEach(() => sandbox.remove());

  it("unpacks it once, and leaves only the tree", () => {
    const { status, output } = sandbox.run(
      `${bucket()} fetch $sha512; fetch $sha512; call_count; ls -A /opt; cat /opt/kafka/kafka.jar`,
    );
    assert.equal(status, 0, output);
    assert.match(output, /^1$/m);
    assert.match(output, /^jar$/m);
    assert.doesNotMatch(output, /kafka\.(tar|new)/);
  });

  it("waits for the role's credentials", () => {
    const { status, output } = sandbox.run(`${bucket(2)} fetch $sha512; cat /opt/kafka/kafka.jar`);
    assert.equal(status, 0, output);
    assert.match(
      output,
      /Unable to locate credentials[\s\S]*waiting for s3:\/\/the-bucket\/artifacts\/kafka.tar[\s\S]*^jar$/m,
    );
  });

  it("gives up after its deadline", () => {
    const { status, output } = sandbox.run(
      `${bucket(1000)} sed -i 's/seconds=600/seconds=1/' /etc/kafka-node/bootstrap; fetch $sha512`,
    );
    assert.equal(status, 1);
    assert.match(output, /gave up after 1 s: s3:\/\/the-bucket\/artifacts\/kafka.tar/);
  });

  it("does not use an archive with a wrong checksum, and keeps what was there", () => {
    const { status, output } = sandbox.run(
      `${bucket()} fetch $sha512; echo damaged >>"$SANDBOX/kafka.tar"; trap 'cat /opt/kafka/kafka.jar' EXIT; ` +
        "fetch 00$sha512",
    );
    assert.equal(status, 1);
    assert.match(output, /is not the archive with SHA-512 00/);
    assert.match(output, /^jar$/m);
  });

  it("starts over when it was cut off while unpacking", () => {
    const { status, output } = sandbox.run(`${bucket()}
      dies_in tar; fetch $sha512 || rm "$upper/bin/tar"; touch /opt/kafka.new/half
      fetch $sha512; ls -A /opt/kafka; ls /opt`);
    assert.equal(status, 0, output);
    assert.doesNotMatch(output, /half|kafka\.new/);
  });
});

describe("the programs in user data", () => {
  for (const script of ["bootstrap.sh", "ops/bootstrap.sh"]) {
    it(`${script} is small: user data has 16 KB for everything`, () => {
      assert.ok(readFileSync(join(nodeFolder, script)).length < 3584);
    });
  }
});

describe("diagnose", function () {
  before(needsRoot);

  it("reports what there is on a node where hardly anything is, in a readable length", () => {
    const sandbox = new NodeSandbox();
    try {
      for (const scenario of [
        "diagnose",
        "rm /etc/kafka-node/node.env; seq 500 >/var/log/cloud-init-output.log; diagnose",
      ]) {
        const { status, output } = sandbox.run(scenario);
        assert.equal(status, 0, output);
        assert.match(output, /^--- memory\n.*\n.*Mem:/m);
        assert.match(output, /^--- cloud-init output$/m);
        assert.ok(output.split("\n").length <= 120);
      }
    } finally {
      sandbox.remove();
    }
  });
});

describe("the journal", () => {
  it("is kept on the disk, and bounded", () => {
    const limits = readFileSync(join(nodeFolder, "etc/journald.conf"), "utf8");
    for (const limit of ["Storage=persistent", "SystemMaxUse=512M", "RateLimitBurst=10000"]) {
      assert.ok(limits.split("\n").includes(limit), limit);
    }
  });
});

describe("the systemd units", () => {
  const settingsOf = (unit: string) =>
    new Map(
      readFileSync(join(nodeFolder, unit), "utf8")
        .split("\n")
        .flatMap((line) => [/^(\w+)=(.*)$/.exec(line)?.slice(1) as [string, string]].filter(Boolean)),
    );

  it("bring a service back whenever it has ended, and as often as it takes", () => {
    for (const unit of ["kafka", "zookeeper", "self-fence", "ship-logs"].map((name) => `systemd/${name}.service`)) {
      const settings = settingsOf(unit);
      assert.deepEqual([settings.get("Restart"), settings.get("StartLimitIntervalSec")], ["always", "0"], unit);
      assert.ok(Number(settings.get("RestartSec")) <= 5, unit);
    }
  });

  it("have the journal shipped after the services have said their last words, and behind all else", () => {
    const shipper = readFileSync(join(nodeFolder, "systemd/ship-logs.service"), "utf8");
    // What is started before is stopped after.
    assert.match(shipper, /^Before=kafka.service zookeeper.service kafka-guardian.service$/m);
    for (const limit of ["Nice=19", "IOSchedulingClass=idle", "CPUQuota=", "MemoryMax=", "OOMScoreAdjust=900"]) {
      assert.match(shipper, new RegExp(`^${limit}`, "m"));
    }
  });

  it("give a broker time to hand its leads over, and have whatever ended it told to the cluster", () => {
    const kafka = settingsOf("systemd/kafka.service");
    assert.equal(kafka.get("ExecStopPost"), "/opt/kafka-node/bin/expel-broker");
    // A roll gives 200 s for it.
    assert.equal(kafka.get("TimeoutStopSec"), "180");
  });

  for (const unit of [
    "systemd/kafka.service",
    "systemd/zookeeper.service",
    "systemd/self-fence.service",
    "systemd/ship-logs.service",
    "systemd/node-exporter.service",
    "ops/kafka-guardian.service",
    "ops/kafka-canary.service",
    "ops/kafka-page.service",
  ]) {
    it(`${unit} has a sandbox: an exposure below 5`, function () {
      const version = spawnSync("systemd-analyze", ["--version"], { encoding: "utf8" }).stdout ?? "";
      // The first that looks at a file.
      if (Number(/^systemd (\d+)/.exec(version)?.[1] ?? 0) < 250) this.skip();
      const { status, stdout } = spawnSync(
        "systemd-analyze",
        ["security", "--offline=true", "--threshold=49", "--no-pager", join(nodeFolder, unit)],
        { encoding: "utf8" },
      );
      assert.equal(status, 0, stdout);
    });
  }

  it("are understood by systemd", function () {
    const units = ["kafka", "zookeeper", "ship-logs", "node-exporter"].map((name) => `${name}.service`);
    units.push("kafka-node.target", "grow-data-volume.timer");
    try {
      execFileSync("systemd-analyze", ["--version"]);
    } catch {
      this.skip();
    }
    // The programs are not installed here, and systemd-analyze has nothing but that to complain of.
    const output = execFileSync(
      "bash",
      [
        "-c",
        'systemd-analyze verify "$@" 2>&1 || true',
        "verify",
        ...units.map((unit) => join(nodeFolder, "systemd", unit)),
      ],
      { encoding: "utf8" },
    );
    assert.deepEqual(
      output.split("\n").filter((line) => line !== "" && !/opt\/\S+ is not executable/.test(line)),
      [],
    );
  });
});
