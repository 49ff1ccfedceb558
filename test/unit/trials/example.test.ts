import assert from "node:assert/strict";
import { readCommandLine } from "../../../cli/command";
import { Interrupted } from "../../../trials/drills/interruptible";
import { exampleCommand, exampleRequest } from "../../../trials/example/arguments";
import { makeFaults } from "../../../trials/example/operatorFaults";
import { exampleFaults, exampleText } from "../../../trials/example/verdict";
import type { ExampleResult } from "../../../trials/jobs/example/parameters";

const noon = Date.parse("2026-11-29T12:00:00Z");
const request = (...words: string[]) =>
  exampleRequest(readCommandLine(exampleCommand, words).values, new Date("2026-11-29T12:34:56Z"));

const result = (changes: Partial<ExampleResult> = {}): ExampleResult => ({
  made: 1_200_000,
  accepted: 1_200_000,
  refused: 0,
  stored: 1_200_000,
  rejected: 0,
  catchUpSeconds: 1.25,
  period: { from: noon, to: noon + 600_000 },
  withoutAcceptance: [
    { from: noon + 60_050, to: noon + 60_700 },
    { from: noon + 180_100, to: noon + 182_100 },
  ],
  withoutRow: [{ from: noon + 119_900, to: noon + 124_900 }],
  kills: [
    { at: noon + 120_000, what: "kill -9 of store" },
    { at: noon + 180_000, what: "kill -9 of collector" },
  ],
  reconciliation: { isWhole: true, text: "every event is stored once", page: "<!doctype html>" },
  ...changes,
});

describe("npm run example", () => {
  it("runs until Ctrl-C, and with faults or minutes to an end that counts", () => {
    assert.deepEqual(request(), {
      eventsPerSecond: 50,
      minutes: undefined,
      faults: false,
      port: 8090,
      html: "reports/example-2026-11-29T123456.html",
    });
    assert.equal(request("--faults").minutes, 10);
    assert.equal(request("--faults", "--minutes", "3").minutes, 3);
    assert.throws(() => request("--minutes", "1", "--events-per-second", "0"), /without visitors there is nothing/);
  });

  it("says how long nothing was accepted and nothing stored after each fault, in the order of their times", () => {
    const lines = exampleText(result(), [{ at: noon + 60_000, what: "kill -9 of kafka-3" }]).split("\n");
    assert.deepEqual(
      lines.slice(2, -2).map((line) => line.trim().split(/ {2,}/)),
      [
        ["from", "no acceptance", "no row stored"],
        ["12:01:00 UTC", "650 ms", "under 1.00 s", "kill -9 of kafka-3"],
        ["12:02:00 UTC", "under 250 ms", "5.00 s", "kill -9 of store"],
        ["12:03:00 UTC", "2.00 s", "under 1.00 s", "kill -9 of collector"],
        ["12:00:00 UTC", "2.00 s", "5.00 s", "all of it"],
      ],
    );
    assert.match(lines.at(-1) ?? "", /1,200,000 made, 1,200,000 accepted \(2,000 a second\), 1,200,000 stored/);
  });

  it("passes only when each event that was made is stored once", () => {
    assert.deepEqual(exampleFaults(result()), []);
    const faulty: readonly (readonly [Partial<ExampleResult>, RegExp])[] = [
      [{ made: 0, accepted: 0, stored: 0 }, /no visitor came/],
      [{ refused: 3, accepted: 1_199_997, stored: 1_199_997 }, /refused 3 good events/],
      [{ accepted: 1_199_999, stored: 1_199_999 }, /1 events were never accepted/],
      [{ stored: 1_199_990 }, /10 accepted events are not stored/],
      [{ stored: 1_200_002 }, /2 rows more than events/],
      [{ reconciliation: { isWhole: false, text: "", page: "" } }, /reconciliation does not find/],
    ];
    for (const [changes, fault] of faulty) {
      const [first, ...others] = exampleFaults(result(changes));
      assert.match(first ?? "none", fault);
      assert.deepEqual(others, []);
    }
  });
});

describe("the faults around the example", () => {
  const plan = { killAt: 0, rollAt: 0, topic: "user-activity" };
  /** @param lasted how the roll ends */
  const world = (lasted: Promise<{ readonly unmet: readonly string[] }>) => {
    const steps: string[] = [];
    const tools: Parameters<typeof makeFaults>[0] = {
      inject: ({ name }, topic) => {
        steps.push(`${name} of ${topic}`);
        const undo = () => Promise.resolve(void steps.push(`${name} is over`));
        const made = { what: `it was ${name}`, nodes: [], at: noon, undo };
        return Promise.resolve(name === "roll-brokers" ? { ...made, lasted: lasted.then(outcome) } : made);
      },
      health: () => Promise.resolve({ healthy: true, missing: "" }),
      observeEveryMs: 10,
      report: () => undefined,
    };
    return { steps, tools };
  };
  const outcome = ({ unmet }: { readonly unmet: readonly string[] }) => ({ facts: {}, unmet });

  it("are a leader's death and then a roll, whose broken promises count", async () => {
    const { steps, tools } = world(Promise.resolve({ unmet: ["not replaced: kafka-4"] }));
    const { deeds, unmet } = await makeFaults(tools, plan, new AbortController().signal);
    assert.deepEqual(steps, ["kill-leader of user-activity", "roll-brokers of user-activity", "roll-brokers is over"]);
    assert.deepEqual(
      deeds.map(({ what }) => what),
      ["it was kill-leader", "it was roll-brokers", "the roll has ended"],
    );
    assert.deepEqual(unmet, ["not replaced: kafka-4"]);
  });

  it("end after an interruption only when the roll has", async () => {
    const { steps, tools } = world(new Promise(() => undefined));
    const interruption = new AbortController();
    const making = makeFaults(tools, plan, interruption.signal);
    setTimeout(() => interruption.abort(), 50);
    await assert.rejects(making, Interrupted);
    assert.equal(steps.at(-1), "roll-brokers is over");
    const early = world(new Promise(() => undefined));
    await assert.rejects(makeFaults(early.tools, plan, interruption.signal), Interrupted);
    assert.deepEqual(early.steps, []);
  });
});
