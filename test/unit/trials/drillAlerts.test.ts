import assert from "node:assert/strict";
import {
  alertsText,
  firedAlerts,
  judgeAlerts,
  soon,
  type AlertSeries,
  type FiredAlert,
} from "../../../trials/drills/alerts";
import { alertsSince } from "../../../trials/drills/askAlerts";
import { drills } from "../../../trials/drills/catalog";
import { drillInfo } from "../../../trials/drills/pairs";
import { jsonRows } from "../../../trials/drills/report";
import { drillTable } from "../../../trials/drills/table";
import { alertRules } from "../monitoring/alertRules";
import { drillRun } from "./drillFixtures";

const faultAt = 1_764_000_000_000;
const asked = faultAt + 300_000;

/** A series that fires from one second after the fault to another one. */
function firing(alertname: string, ...spans: readonly (readonly [from: number, to: number])[]): AlertSeries {
  const values = spans.flatMap(([from, to]) =>
    Array.from({ length: (to - from) / 5 + 1 }, (_, step) => [faultAt / 1000 + from + 5 * step, "1"] as const),
  );
  return { metric: { alertname, severity: "page", alertstate: "firing" }, values };
}

describe("the alerts of a drill", () => {
  it("are those that began to fire after the fault, with when they did and when they ended", () => {
    const series = [
      firing("WritingStopped", [35, 150]),
      firing("DiskNearlyFull", [20, 300]),
      firing("DiskNearlyFull", [15, 60]),
      firing("Watchdog", [-60, 300]),
      // Of the drill before.
      firing("NoController", [-60, 20]),
      firing("WritesStopped", [-60, -30], [90, 120]),
    ];
    assert.deepEqual(firedAlerts(series, faultAt, asked), [
      { name: "DiskNearlyFull", severity: "page", afterSeconds: 15 },
      { name: "WritingStopped", severity: "page", afterSeconds: 35, endedAfterSeconds: 150 },
      { name: "WritesStopped", severity: "page", afterSeconds: 90, endedAfterSeconds: 120 },
    ]);
    assert.deepEqual(firedAlerts([], faultAt, asked), []);
  });

  it("that the plan does not have are a fault of it, also in a change and a calm hour", () => {
    const fired: FiredAlert[] = [{ name: "NodeOut", severity: "ticket", afterSeconds: 12 }];
    assert.deepEqual(judgeAlerts({}, fired), ["the alert NodeOut (ticket) fired after 12 s"]);
    assert.deepEqual(judgeAlerts({ mayAlert: ["NodeOut"] }, fired), []);
    assert.deepEqual(judgeAlerts({}, []), []);
  });

  it("that the plan has must come, and in time", () => {
    const plan = { alerts: [soon("WritingStopped"), { name: "NodeNeedsPerson", withinSeconds: 100 }] };
    const fired: FiredAlert[] = [
      { name: "WritingStopped", severity: "page", afterSeconds: 70 },
      { name: "NodeNeedsPerson", severity: "page", afterSeconds: 70 },
    ];
    assert.deepEqual(judgeAlerts(plan, fired), ["the alert WritingStopped fired after 70 s; 55 s are allowed"]);
    assert.deepEqual(judgeAlerts(plan, fired.slice(0, 1)), [
      "the alert WritingStopped fired after 70 s; 55 s are allowed",
      "the alert NodeNeedsPerson did not fire",
    ]);
  });

  it("are said in a few words", () => {
    assert.equal(alertsText([{ name: "NodeOut", severity: "ticket", afterSeconds: 12 }]), "NodeOut 12 s");
    assert.equal(alertsText([]), "none");
  });

  it("stand in the table and in the JSON", () => {
    const fired = { name: "WritingStopped", severity: "page", afterSeconds: 35, endedAfterSeconds: 150 };
    const runs = [drillRun({ alerts: [fired] }), drillRun({ fault: "freeze", alerts: [] })];
    assert.match(drillTable(runs), /alerts\n.*WritingStopped 35 s\n(.*\n)+freeze.* none\n/);
    assert.deepEqual(jsonRows(runs)[0]?.alerts, [fired]);
    assert.equal(jsonRows([drillRun()])[0]?.alerts, null);
    assert.doesNotMatch(drillTable([drillRun()]), /alerts/);
  });

  it("are asked of the ops host's Prometheus, if there is one, and of what AWS's services told people", async () => {
    const calls: (readonly string[])[] = [];
    const at = (seconds: number) => new Date(faultAt + seconds * 1000).toISOString();
    const message = "kafka-local: a group can't start an instance. What to do: docs/runbook.md#groupfails";
    const answering = (text: string) => ({
      published: () =>
        Promise.resolve([
          { at: at(-1), subject: null, message },
          { at: at(20), subject: "PAGE kafka-local: NodeOut", message: "What to do: docs/runbook.md#nodeout" },
          { at: at(21), subject: null, message },
          { at: at(40), subject: null, message },
        ]),
      runOnOpsHost: (script: string, args: readonly string[] = []) => {
        calls.push([script, ...args]);
        return Promise.resolve(text);
      },
    });
    assert.equal(await alertsSince(answering("\n"), faultAt), undefined);
    assert.deepEqual(calls[0]?.slice(0, 2), ["alerts", String(faultAt / 1000 - 60)]);
    const text = JSON.stringify({ status: "success", data: { result: [firing("NodeOut", [15, 60])] } });
    assert.equal(alertsText((await alertsSince(answering(text), faultAt)) ?? []), "NodeOut 15 s, groupfails 21 s");
  });

  it("that plans name are rules that there are; a change has none", () => {
    const names = alertRules().map(({ alert }) => alert);
    for (const { name, alerts = [], mayAlert = [] } of drills) {
      for (const alert of [...alerts.map((one) => one.name), ...mayAlert]) assert.ok(names.includes(alert), name);
    }
    for (const name of ["roll-brokers", "scale", "kill-leader", "freeze"] as const) {
      const { alerts, mayAlert } = drillInfo(name);
      assert.deepEqual([alerts, mayAlert], [undefined, undefined]);
    }
    assert.ok(drills.some(({ alerts = [] }) => alerts.length > 0));
  });

  it("of two faults at once may all come, and none has to", () => {
    const { alerts, mayAlert } = drillInfo("zk-quorum-loss+kill-leader");
    assert.equal(alerts, undefined);
    assert.ok(mayAlert?.includes("ZooKeeperQuorumLost"));
    assert.equal(drillInfo("freeze+zk-kill-leader").mayAlert, undefined);
  });
});
