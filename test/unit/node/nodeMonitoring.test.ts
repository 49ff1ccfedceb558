import assert from "node:assert/strict";
import { NodeSandbox, needsRoot } from "./nodeSandbox";

/** A bucket with programs and their list, which answers from the second call on; systemd tells what it is asked. */
const world = String.raw`
echo "prometheus:x:9090:9090::/var/lib/prometheus:/usr/sbin/nologin" >>/etc/passwd; echo "prometheus:x:9090:" >>/etc/group
mkdir -p /opt/kafka-ops "$SANDBOX/bucket"; rm -f "$SANDBOX/calls" "$SANDBOX/systemd" "$SANDBOX/beat"
# program NAME CONTENT: it is in the bucket, and in the list
program() {
  local sha512
  sha512=$(sha512sum <<<"$2" | cut -d ' ' -f 1)
  mkdir -p "$SANDBOX/bucket/ops/$sha512"; echo "$2" >"$SANDBOX/bucket/ops/$sha512/$1"
  sed -i "/  $1$/d" /opt/kafka-ops/PROGRAMS 2>/dev/null || true
  echo "$sha512  $1" >>/opt/kafka-ops/PROGRAMS
}
stub aws <<'END'
echo "$*" >>"$SANDBOX/calls"
case $* in
  "s3api get-object --bucket the-bucket --key "*)
    (($(wc -l <"$SANDBOX/calls") > 1)) || { echo "Unable to locate credentials" >&2; exit 253; }
    cp "$SANDBOX/bucket/$6" "$7" && echo '{}' ;;
  "cloudwatch put-metric-data "*) echo "$*" >"$SANDBOX/beat" ;;
  *) exit 252 ;;
esac
END
stub systemctl <<'END'
echo "systemctl $*" >>"$SANDBOX/systemd"
END
sed -i 's/sleep 3/sleep 0.1/' /opt/kafka-node/lib/common.sh
export PATH="/opt/kafka-node/ops/monitoring:$PATH"
`;

describe("the ops host's monitoring", function () {
  before(needsRoot);

  let sandbox: NodeSandbox;
  beforeEach(() => {
    sandbox = new NodeSandbox({ NODE_ROLE: "ops", NODE_NAME: "ops" });
  });
  afterEach(() => sandbox.remove());

  function succeeds(scenario: string): string {
    const { status, output } = sandbox.run(`${world}\n${scenario}`);
    assert.equal(status, 0, output);
    return output;
  }

  it("has its programs from the bucket, each once, and what has become another is started anew", () => {
    const output = succeeds(`
      program prometheus one; program node_exporter exporter; fetch-programs; fetch-programs
      ls -l /opt/kafka-monitoring | grep -c '^-rwxr-xr-x'
      before=$(call_count); program prometheus two; fetch-programs
      echo "calls $(($(call_count) - before))"; cat /opt/kafka-monitoring/prometheus "$SANDBOX/systemd"`);
    assert.match(output, /^2$/m);
    assert.match(output, /^calls 1\ntwo$/m);
    const restarted = [...output.matchAll(/try-restart --no-block (\S+)/g)].map(([, unit]) => unit);
    assert.deepEqual(restarted, ["prometheus.service", "node-exporter.service", "prometheus.service"]);
  });

  it("takes no program that is not the one of the list", () => {
    const { status, output } = sandbox.run(`${world}
      program prometheus one; echo other | tee "$SANDBOX"/bucket/ops/*/prometheus >/dev/null
      trap 'ls /opt/kafka-monitoring' EXIT; fetch-programs`);
    assert.equal(status, 1);
    assert.match(output, /prometheus has another checksum: upload it again with 'pulumi up'/);
    assert.doesNotMatch(output, /^prometheus$/m);
  });

  it("takes the volume as a node does, for Prometheus' user", () => {
    const output = succeeds(`plug; mount-data-volume; stat -c '%U:%a' /var/lib/prometheus/data
      grep -x node=ops /var/lib/prometheus/.kafka-on-ec2-volume
      mkdir -p /opt/kafka-monitoring; touch /opt/kafka-monitoring/prometheus; chmod +x /opt/kafka-monitoring/prometheus
      prepare-monitoring prometheus && echo may start`);
    assert.match(output, /^prometheus:750\nnode=ops\nmay start$/m);
  });

  it("starts nothing on the root disk, nor without its program, and says where to look", () => {
    const volume = sandbox.run(`${world} mkdir -p /opt/kafka-monitoring; cp /bin/true /opt/kafka-monitoring/prometheus
      prepare-monitoring prometheus`);
    assert.equal(volume.status, 1);
    assert.match(volume.output, /\/var\/lib\/prometheus is not mounted: see 'journalctl .*mount-data-volume'/);
    const program = sandbox.run(`${world} prepare-monitoring prometheus`);
    assert.equal(program.status, 1);
    assert.match(program.output, /prometheus is not here yet: see 'journalctl -u fetch-programs'/);
  });

  const services = "/etc/systemd/system/{prometheus,alertmanager}.service";
  it("is started, then told of another configuration, and started anew only with another unit", () => {
    const output = succeeds(`
      install-monitoring; ls ${services} /etc/systemd/system/mount-data-volume.service; cat "$SANDBOX/systemd"
      echo second; : >"$SANDBOX/systemd"; install-monitoring; cat "$SANDBOX/systemd"
      echo third; : >"$SANDBOX/systemd"; echo "# new" >>/opt/kafka-node/ops/monitoring/alertmanager.service
      install-monitoring; cat "$SANDBOX/systemd"`);
    const [first = "", second = "", third = ""] = output.split(/^second$|^third$/m);
    assert.match(first, /enable --quiet prometheus.service alertmanager.service .*heartbeat.timer/);
    for (const each of [first, second, third]) {
      assert.match(each, /reload-or-restart --no-block prometheus.service alertmanager.service/);
      // Whatever waits for the volume must not hold up who starts it.
      const waiting = each.split("\n").filter((line) => /systemctl (start|try-restart|reload-or-restart)/.test(line));
      assert.ok(
        waiting.every((line) => line.includes("--no-block")),
        each,
      );
    }
    assert.doesNotMatch(second, /try-restart/);
    assert.match(third, /try-restart --no-block alertmanager.service$/m);
  });

  describe("the heartbeat", () => {
    const answers = (alerts: string, failed: string) => `
stub curl <<'END'
case $* in
  *9093*) ${alerts} ;;
  *9090*) ${failed} ;;
esac
END
`;
    const watchdog = `echo '[{"labels":{"alertname":"Watchdog","severity":"none"}}]'`;
    const nothing = `echo '{"status":"success","data":{"resultType":"vector","result":[]}}'`;

    it("tells CloudWatch that the monitoring works", () => {
      const output = succeeds(`${answers(watchdog, nothing)} heartbeat; cat "$SANDBOX/beat"`);
      assert.match(
        output,
        /put-metric-data --namespace kafka-on-ec2 --metric-name MonitoringWorks --dimensions Cluster=sandbox-\d+ --value 1/,
      );
    });

    for (const [fault, alerts, failed, message] of [
      ["Alertmanager is out", "exit 7", nothing, /Alertmanager does not answer/],
      ["no rules are evaluated", "echo '[]'", nothing, /does not have the alert Watchdog/],
      ["Prometheus is out", watchdog, "exit 7", /Prometheus does not answer/],
      [
        "alerts can't be sent",
        watchdog,
        `echo '{"status":"success","data":{"result":[{"value":[1,"3"]}]}}'`,
        /could not send alerts: see journalctl -u alertmanager/,
      ],
    ] as const) {
      it(`is silent while ${fault}`, () => {
        const { status, output } = sandbox.run(`${world} ${answers(alerts, failed)}
          trap 'ls "$SANDBOX"' EXIT; heartbeat`);
        assert.equal(status, 1);
        assert.match(output, message);
        assert.doesNotMatch(output, /^beat$/m);
      });
    }
  });
});
