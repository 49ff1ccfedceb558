import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "../../../artifacts/repository";
import { alertmanagerConfig } from "../../../monitoring/alertmanager";
import { inhibitions } from "../../../monitoring/inhibitions";
import { groupEventText } from "../../../planning/cluster/alerts";
import { alertRules, ruleFiles } from "./alertRules";

const rules = alertRules();
const names = rules.map(({ alert }) => alert);

describe("the alerts", () => {
  it("have each a name of their own, a severity, words, and a section of the runbook", () => {
    assert.equal(new Set(names).size, names.length);
    for (const { alert, labels, annotations } of rules) {
      assert.match(alert, /^[A-Z][A-Za-z]+$/);
      const severities = alert === "Watchdog" ? ["none"] : ["page", "ticket"];
      assert.ok(severities.includes(labels.severity), `${alert}: ${labels.severity}`);
      for (const text of [annotations.summary, annotations.description]) assert.ok(text?.trim(), alert);
      assert.equal(annotations.runbook, `docs/runbook.md#${alert.toLowerCase()}`);
    }
  });

  it("have a section of the runbook each, with all that it takes, and the runbook has no others", () => {
    const [, ...sections] = readFileSync(join(repository, "docs/runbook.md"), "utf8").split(/^## /m);
    // AWS's own services send these.
    const { inputTemplate } = groupEventText("kafka-test");
    assert.match(inputTemplate, /docs\/runbook\.md#groupfails/);
    const ofAws = ["GroupFails", "MonitoringSilent"];
    assert.deepEqual(sections.map((section) => section.split("\n")[0]).sort(), [...names, ...ofAws].sort());
    const parts = ["You see", "How bad", "The cluster", "You do", "It is over"];
    for (const section of sections.filter((text) => !text.startsWith("Watchdog"))) {
      for (const part of parts) assert.ok(section.includes(`- **${part}**`), `${section.split("\n")[0]}: ${part}`);
    }
  });

  it("are tested by promtool, each in the file of its rules", () => {
    for (const file of ruleFiles()) {
      const tests = readFileSync(join(repository, "monitoring", "rules", "tests", file), "utf8");
      for (const { alert } of alertRules(file)) assert.match(tests, new RegExp(`\\b${alert}\\b`), file);
    }
  });

  it("are few", () => assert.ok(names.length < 40, String(names.length)));

  // A page goes out 5 s after it fires (group_wait); the metric is up to 5 s old when it is scraped, the rule evaluated
  // up to 5 s later.
  it("that say that a promise is broken reach a person within a minute", () => {
    const seconds = (alert: string): number => {
      const { for: time = "0s" } = rules.find((rule) => rule.alert === alert) ?? assert.fail(alert);
      const [, count, unit] = /^(\d+)([smh])$/.exec(time) ?? assert.fail(time);
      return Number(count) * { s: 1, m: 60, h: 3600 }[unit as "s" | "m" | "h"];
    };
    const broken = {
      ...{ WritesStopped: 20, ReadsStopped: 30, EventsLost: 0, PartitionsUnwritable: 0, BrokersBelowMinimum: 0 },
      ...{ NoController: 0, ZooKeeperQuorumLost: 0, WritingStopped: 0, DiskNearlyFull: 0, OpsHostSeesNothing: 0 },
    };
    for (const [alert, before] of Object.entries(broken)) {
      assert.ok(before + seconds(alert) + 5 + 5 + 5 < 60, alert);
    }
  });
});

describe("inhibitions", () => {
  it("are of alerts that there are, and go to alertmanager.yml", () => {
    for (const { while: sources, mute } of inhibitions) {
      for (const name of [...sources, ...mute]) assert.ok(names.includes(name), name);
    }
    const text = alertmanagerConfig({ clusterName: "kafka-test", region: "us-east-1", topicArn: "arn:aws:sns:::t" });
    const { inhibit_rules } = parse(text) as { inhibit_rules: { target_matchers: string[]; equal?: string[] }[] };
    assert.equal(inhibit_rules.length, inhibitions.length);
    assert.ok(inhibit_rules.some(({ equal }) => equal?.includes("node")));
  });

  it("leave one alert at least: none mutes what mutes it, whatever lies between", () => {
    const muted = (name: string) =>
      inhibitions.filter(({ while: sources }) => sources.includes(name)).flatMap(({ mute }) => mute);
    const follow = (name: string, above: readonly string[]): void => {
      assert.ok(!above.includes(name), [...above, name].join(" mutes "));
      for (const next of new Set(muted(name))) follow(next, [...above, name]);
    };
    for (const name of names) follow(name, []);
  });

  it("mute no page for a ticket", () => {
    const severity = (name: string) => rules.find(({ alert }) => alert === name)?.labels.severity;
    for (const { while: sources, mute } of inhibitions) {
      if (sources.every((name) => severity(name) === "page")) continue;
      for (const name of mute) assert.equal(severity(name), "ticket", `${sources.join()} mutes ${name}`);
    }
  });
});
