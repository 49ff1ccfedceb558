/** The alert rules by promtool: their own tests, and whole scenes in which nobody is to be woken, or once. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";

import { ensureProgram } from "../../artifacts/programs";
import { alertRules, metricsOf, ruleFiles, rulesFolder } from "../unit/monitoring/alertRules";
import { ClusterSeries, nodesOf, stepSeconds } from "./clusterSeries";

const run = promisify(execFile);
const minutes = (count: number) => 60 * count;

/** What happens, and which alerts fire at some time in it. */
interface AlertScene {
  readonly seconds: number;
  readonly happens: (series: ClusterSeries) => void;
  readonly fire?: readonly string[];
}

const scenes: Readonly<Record<string, AlertScene>> = {
  "a cluster that is well": { seconds: minutes(70), happens: () => undefined },
  "all brokers rolled": {
    seconds: minutes(10),
    happens: (series) => {
      series.set("kafka_ops_running", { program: "roll kafka" }, 1, { from: 30, to: minutes(5) });
      for (const [index, id] of [2, 3, 4, 5].entries())
        series.brokerOut(`kafka-${id}`, { from: 60 + 35 * index, to: 78 + 35 * index }, 5);
      series.brokerOut("kafka-1", { from: 210, to: 228 }, 8);
      // Another broker is the controller from then on.
      for (const [metric, value] of [
        ["activecontrollercount", 1],
        ["activebrokercount", 5],
      ] as const) {
        const name = `kafka_controller_kafkacontroller_${metric}`;
        series.set(name, { node: "kafka-1" }, 0, { from: 238, to: Infinity });
        series.set(name, { node: "kafka-2" }, value, { from: 220, to: Infinity });
      }
    },
  },
  "all ZooKeeper nodes rolled": {
    seconds: minutes(5),
    happens: (series) => {
      series.set("kafka_ops_running", { program: "roll zookeeper" }, 1, { from: 30, to: 120 });
      for (const [index, id] of [2, 3, 1].entries())
        series.serverOut(`zookeeper-${id}`, { from: 60 + 15 * index, to: 69 + 15 * index });
    },
  },
  "a broker killed, and another one while it comes back": {
    seconds: minutes(5),
    happens: (series) =>
      series.brokerOut("kafka-3", { from: 60, to: 70 }, 2).brokerOut("kafka-4", { from: 75, to: 85 }, 4),
  },
  "a machine lost, and replaced after four minutes": {
    seconds: minutes(15),
    happens: (series) =>
      series.brokerOut("kafka-3", { from: 60, to: minutes(5) }).silent("kafka-3", { from: 60, to: minutes(5) }),
  },
  "a zone lost for five minutes": {
    seconds: minutes(15),
    happens: (series) => {
      for (const node of nodesOf("b")) {
        series.silent(node, { from: 60, to: minutes(6) });
        if (node.startsWith("kafka")) series.brokerOut(node, { from: 60, to: minutes(6) }, 15);
        else series.serverOut(node, { from: 60, to: minutes(6) });
      }
    },
  },
  "ZooKeeper's leader killed": {
    seconds: minutes(5),
    happens: (series) => series.serverOut("zookeeper-1", { from: 60, to: 64 }),
  },
  "ZooKeeper's quorum lost for five minutes": {
    seconds: minutes(10),
    happens: (series) => {
      for (const node of ["zookeeper-2", "zookeeper-3"]) series.serverOut(node, { from: 60, to: minutes(6) });
      series.set("zookeeper_state", { node: "zookeeper-1" }, 0, { from: 60, to: minutes(6) });
      series.set("kafka_node_zookeeper_answers", {}, 0, { from: 65, to: minutes(6) });
    },
    fire: ["ZooKeeperQuorumLost"],
  },
  "a machine so busy that no exporter answers for five minutes": {
    seconds: minutes(10),
    happens: (series) => {
      for (const node of [...nodesOf("a"), ...nodesOf("b"), ...nodesOf("c")]) {
        series.exporterSilent(node, node.replace(/-\d$/, ""), { from: 60, to: minutes(6) });
      }
    },
  },
  "the ops host cut off for a minute": {
    seconds: minutes(6),
    happens: (series) => {
      for (const node of [...nodesOf("a"), ...nodesOf("b"), ...nodesOf("c")]) {
        series.silent(node, { from: 60, to: 120 });
        if (node.startsWith("kafka")) series.brokerOut(node, { from: 60, to: 110 }, 60);
        else series.serverOut(node, { from: 60, to: 110 });
      }
    },
    fire: ["OpsHostSeesNothing"],
  },
  "a broker more, which takes four minutes to boot": {
    seconds: minutes(15),
    happens: (series) => {
      series.set("kafka_cluster_brokers_expected", {}, 6, { from: 60, to: Infinity });
      series.set("kafka_ops_running", { program: "balance" }, 1, { from: minutes(5), to: minutes(14) });
    },
  },
};

describe("alert rules", function () {
  this.timeout(1_800_000);

  let promtool: string;
  let folder: string;
  before(async () => {
    promtool = await ensureProgram("promtool");
    folder = mkdtempSync(join(tmpdir(), "alerts-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const passes = async (file: string) => {
    try {
      await run(promtool, ["test", "rules", file], { maxBuffer: 1 << 26 });
    } catch (error) {
      assert.fail((error as { stderr: string }).stderr);
    }
  };

  const tests = join(rulesFolder, "tests");
  for (const file of readdirSync(tests)) it(`pass their own tests of ${file}`, () => passes(join(tests, file)));

  it("read nothing that the scenes lack", () => {
    const { metrics } = new ClusterSeries(60);
    // These are there only while somebody is told by them.
    for (const absent of ["kafka_ops_node_needs_person", "kafka_ops_concern"]) metrics.add(absent);
    const missing = alertRules().flatMap((rule) => metricsOf(rule).filter((metric) => !metrics.has(metric)));
    assert.deepEqual(missing, []);
  });

  for (const [name, { seconds, happens, fire = [] }] of Object.entries(scenes)) {
    it(`${fire.length === 0 ? "are silent" : `fire ${fire.join(" and ")}, and nothing else`}: ${name}`, async () => {
      const series = new ClusterSeries(seconds);
      happens(series);
      const file = join(folder, `${name.replace(/\W+/g, "-")}.yml`);
      const test = {
        interval: `${stepSeconds}s`,
        input_series: series.inputSeries(),
        promql_expr_test: [
          {
            expr: `count by (alertname) (count_over_time(ALERTS{alertstate="firing",alertname!="Watchdog"}[2h]))`,
            eval_time: `${seconds}s`,
            exp_samples: fire.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
          },
        ],
      };
      const rule_files = ruleFiles().map((rules) => join(rulesFolder, rules));
      writeFileSync(file, stringify({ rule_files, evaluation_interval: `${stepSeconds}s`, tests: [test] }));
      await passes(file);
    });
  }
});
