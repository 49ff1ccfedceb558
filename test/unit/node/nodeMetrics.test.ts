import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needsPython } from "./nodePrograms";
import { NodeSandbox, needsRoot } from "./nodeSandbox";

const library = join(__dirname, "../../../node/lib");

describe("what the node's Python programs tell Prometheus", () => {
  before(needsPython);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kafka-metrics-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function metrics<Answer>(expression: string, into = folder): Answer {
    const script = `import json, sys\nsys.path.insert(0, sys.argv[1])\nimport metrics\nprint(json.dumps(${expression}))`;
    const { status, stdout, stderr } = spawnSync("python3", ["-BIS", "-c", script, library, into], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Answer;
  }
  const file = () => join(folder, "fence.prom");
  const publish = (samples: string) => metrics<string>(`metrics.publish("fence", ${samples}, sys.argv[2])`);

  it("is a file in Prometheus' format, which everybody may read, and nothing else is left", () => {
    assert.equal(publish(`[("a_total", {}, True), ("b", {"y": "2", "x": "1"}, 0.5), ("b", {}, 1796003233.25)]`), "");
    assert.equal(
      readFileSync(file(), "utf8"),
      '# TYPE a_total counter\na_total 1\n# TYPE b gauge\nb{x="1",y="2"} 0.5\nb 1796003233.25\n',
    );
    assert.equal(statSync(file()).mode & 0o777, 0o644);
    assert.ok(!existsSync(`${file()}.new`));
  });

  it("can be read again by who goes on counting, and is nothing where there is none yet, or none of ours", () => {
    assert.deepEqual(metrics(`metrics.published("fence", sys.argv[2])`), {});
    publish(`[("a_total", {"how": "x"}, 3), ("b", {}, 0.25)]`);
    assert.deepEqual(metrics(`metrics.published("fence", sys.argv[2])`), { 'a_total{how="x"}': 3, b: 0.25 });
    writeFileSync(file(), "torn");
    assert.deepEqual(metrics(`metrics.published("fence", sys.argv[2])`), {});
  });

  it("goes nowhere where another user has put a link in its way", () => {
    const other = join(folder, "other");
    writeFileSync(other, "mine");
    symlinkSync(other, `${file()}.new`);
    assert.equal(publish(`[("a", {}, 1)]`), "");
    assert.equal(readFileSync(other, "utf8"), "mine");
    assert.equal(readFileSync(file(), "utf8"), "# TYPE a gauge\na 1\n");
  });

  it("does no harm where there is no folder", () => {
    rmSync(folder, { recursive: true });
    assert.match(publish(`[("a", {}, 1)]`), /No such file or directory/);
    folder = mkdtempSync(join(tmpdir(), "kafka-metrics-"));
  });
});

describe("what the node's shell programs tell Prometheus", function () {
  before(needsRoot);
  let sandbox: NodeSandbox;
  beforeEach(() => (sandbox = new NodeSandbox({}, 640)));
  afterEach(() => sandbox.remove());

  const folder = "metrics=/run/kafka-node/metrics; install -d -g kafka -m 0775 $metrics\n";
  const volume = `plug; mount-data-volume; chmod 755 /var/lib/kafka; data=/var/lib/kafka/data
    printf 'version=0\\nbroker.id=3\\ncluster.id=knldwlvmQImt2odlrc-s5w\\n' >"$data/meta.properties"; mkdir "$data/t-0"
    starts() { setpriv --reuid=kafka --regid=kafka --clear-groups /opt/kafka-node/bin/prepare-kafka; }\n`;
  function succeeds(scenario: string): string {
    const { status, output } = sandbox.run(scenario);
    assert.equal(status, 0, output);
    return output;
  }

  it("each minute what was set aside: whole, and readable for everybody", () => {
    const output = succeeds(`${folder}${volume}
      touch "$data/t-0/leader-epoch-checkpoint.set-aside-1" "$data/meta.properties.set-aside-2"
      mkdir -p "$data/../set-aside-3/t-0.bak"
      grow-data-volume; stat -c '%a %U %n' $metrics/*; cat $metrics/*`);
    assert.match(output, /^644 root \/run\/kafka-node\/metrics\/data-volume\.prom\nkafka_node_set_aside 3\n/m);
  });

  it("each try to start the service, as the service's own user, also one that ends at once", () => {
    const output = succeeds(`${folder}${volume}
      starts; starts; sed -i s/broker.id=3/broker.id=4/ "$data/meta.properties"; starts || true
      cat $metrics/service-starts.prom`);
    assert.match(output, /^kafka_node_service_starts_total 3$/m);
  });

  it("goes nowhere where the service's user has put a link in its way", () => {
    const output = succeeds(`${folder}${volume}
      echo mine >/etc/mine; ln -s /etc/mine $metrics/data-volume.prom; grow-data-volume
      cat /etc/mine $metrics/data-volume.prom`);
    assert.match(output, /^mine\nkafka_node_set_aside 0$/m);
  });

  it("holds up nothing where there is no folder", () => {
    const output = succeeds(`${volume} starts; grow-data-volume; echo started`);
    assert.match(
      output,
      /Prometheus is not told: service-starts\n(.*\n)*.*Prometheus is not told: data-volume\nstarted/,
    );
  });
});

describe("node_exporter on a node", function () {
  before(needsRoot);

  const install = `
    stub systemctl <<<'echo "systemctl $*"'; stub systemd-tmpfiles <<<'echo "systemd-tmpfiles $*"'; stub java <<<true
    mkdir -p /etc/tmpfiles.d; install-node; cat /etc/tmpfiles.d/kafka-node.conf; ls /etc/systemd/system
    getent passwd node-exporter || echo nobody`;
  function installed(settings: Record<string, string>): string {
    const sandbox = new NodeSandbox(settings);
    try {
      const { status, output } = sandbox.run(install);
      assert.equal(status, 0, output);
      return output;
    } finally {
      sandbox.remove();
    }
  }

  it("is started where somebody asks for metrics, as a user of its own", () => {
    const output = installed({ NODE_EXPORTER_ARCHIVE_KEY: "artifacts/node_exporter.tar" });
    assert.match(output, /^systemctl enable .* node-exporter\.service/m);
    assert.match(output, /^node-exporter\.service$/m);
    assert.match(output, /^node-exporter:.*nologin$/m);
    assert.match(output, /^d \/run\/kafka-node\/metrics 0775 root kafka$/m);
  });

  it("is not there where nobody does", () => {
    const output = installed({});
    assert.doesNotMatch(output, /node-exporter/);
    assert.match(output, /^nobody$/m);
  });

  it("is fetched like Kafka, into a folder of its own", () => {
    const sandbox = new NodeSandbox({ NODE_EXPORTER_ARCHIVE_KEY: "the-key", NODE_EXPORTER_ARCHIVE_SHA512: "the-sum" });
    try {
      const { output } = sandbox.run(`printf '#!/bin/sh\\necho "$*"\\n' >/etc/kafka-node/bootstrap
        fetch-artifacts; fetch-artifacts node-exporter; fetch-artifacts something || true`);
      assert.deepEqual(output.split("\n"), [
        "fetch artifacts/kafka.tar 0 /opt/kafka",
        "fetch the-key the-sum /opt/node-exporter",
        "error: usage: fetch-artifacts [node-exporter]",
        "",
      ]);
    } finally {
      sandbox.remove();
    }
  });
});
