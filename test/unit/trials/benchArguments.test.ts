import assert from "node:assert/strict";
import { helpText, readCommandLine } from "../../../cli/command";
import { benchCommand, benchRequest } from "../../../trials/bench/arguments";
import { jobSeconds, longestJobSeconds, measurementsOf } from "../../../trials/bench/phases";
import { benchTopic } from "../../../trials/bench/topic";
import { phaseNames } from "../../../trials/jobs/bench/parameters";
import { cluster } from "./drillMachines";

const now = new Date("2026-11-24T01:20:30Z");
const read = (...args: string[]) => benchRequest(readCommandLine(benchCommand, args).values, now);

describe("the bench command line", () => {
  it("measures everything on the local stack, once, unless told otherwise", () => {
    const { stack, runs, seconds, phases, payload, producers, groups, againstStock, html } = read();
    assert.deepEqual(
      { stack, runs, seconds, phases, payload, producers, groups, againstStock },
      {
        stack: "local",
        runs: 1,
        seconds: 60,
        phases: [...phaseNames],
        payload: "events",
        producers: 2,
        groups: 0,
        againstStock: false,
      },
    );
    assert.equal(html, "reports/bench-2026-11-24T012030.html");
  });

  it("takes its options", () => {
    const request = read(
      ...["--against", "stock", "--runs", "3", "--payload", "random", "--rate", "12.5MB/s", "--copies", "3"],
      ...["--producer", "linger.ms=0", "--producer", "compression.type=lz4", "--topic-config", "flush.messages=1"],
    );
    assert.deepEqual(
      [request.againstStock, request.runs, request.payload, request.rateMBps, request.copies],
      [true, 3, "random", 12.5, 3],
    );
    assert.deepEqual(request.producerSettings, { "linger.ms": "0", "compression.type": "lz4" });
    assert.deepEqual(request.topicSettings, { "flush.messages": "1" });
  });

  it("adds the phases that a phase needs, in their order", () => {
    assert.deepEqual(read("--phase", "rate").phases, ["rate"]);
    assert.deepEqual(read("--phase", "broker-away").phases, ["broker-away"]);
    assert.deepEqual(read("--phase", "latency").phases, ["rate", "latency"]);
    assert.deepEqual(read("--phase", "catch-up", "--phase", "rate").phases, ["rate", "broker-away", "catch-up"]);
    assert.deepEqual(read("--phase", "consumers", "--rate", "20").phases, ["consumers"]);
  });

  it("fits a minute of every phase into one client host's life", () => {
    assert.ok(jobSeconds(measurementsOf(phaseNames, 0), 60) < longestJobSeconds);
  });

  const refused: readonly (readonly [string, string[], RegExp])[] = [
    ["an unknown option", ["--run", "3"], /--run.*npm run bench -- --help/],
    ["a word too many", ["rate"], /rate.*--help/],
    ["something else to compare with", ["--against", "stok"], /--against stok: .*did you mean stock/],
    ["stock settings elsewhere", ["--against", "stock", "--stack", "prod"], /only on stack local, not on prod/],
    ["limits elsewhere", ["--model", "--stack", "prod"], /--model limits .*: only on stack local/],
    ["a count elsewhere", ["--zones", "--stack", "prod"], /--zones counts in the lab's router: only on stack local/],
    ["a count of stock", ["--zones", "--against", "stock"], /--zones .* without --against/],
    ["both at once", ["--zones", "--model"], /--model and --zones: one after the other/],
    ["no runs", ["--runs", "0"], /--runs 0: a whole number from 1 to 20/],
    ["too short a measurement", ["--seconds", "5"], /--seconds 5: a whole number from 20 to 1,200/],
    ["more than a client host's life", ["--seconds", "600"], /--seconds 600: .* minutes.*one --phase after the other/],
    ["an unknown phase", ["--phase", "latancy"], /--phase latancy: one of rate, .*did you mean latency/],
    ["an unknown payload", ["--payload", "zeros"], /--payload zeros: one of events, random/],
    ["no producers", ["--producers", "0"], /--producers 0/],
    ["a negative number of groups", ["--groups=-1"], /--groups -1: a whole number from 0 to 8/],
    ["half a copy", ["--copies", "2.5"], /--copies 2.5/],
    ["too many partitions", ["--partitions", "1000"], /--partitions 1000: a whole number from 1 to 200/],
    ["no rate", ["--rate", "0"], /--rate "0": a rate from 0.1 to 10000 MB\/s/],
    ["another unit", ["--rate", "20Mbit"], /--rate "20Mbit"/],
    ["an absurd rate", ["--rate", "1e9"], /--rate "1e9"/],
    ["a setting without a value", ["--producer", "linger.ms"], /--producer linger.ms: KEY=VALUE/],
    ["a setting with a space", ["--producer", "linger.ms= 5"], /KEY=VALUE without a space/],
    ["a misspelt setting", ["--producer", "compresion.type=lz4"], /no setting compresion.type.*mean compression.type/],
    ["a setting twice", ["--producer", "linger.ms=1", "--producer", "linger.ms=2"], /linger.ms is given twice/],
    ["another cluster", ["--producer", "bootstrap.servers=x:9092"], /bootstrap.servers can't be changed, it is the/],
    ["a topic without bounds", ["--topic-config", "retention.bytes=-1"], /can't be changed, .*disks from filling/],
    ["a report in no folder", ["--json", "/no/such/folder/x.json"], /--json .*there is no folder \/no\/such\/folder/],
    ["a page that is a folder", ["--html", "/tmp"], /--html \/tmp: this is a folder/],
  ];
  for (const [what, words, why] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => read(...words), why));
  }

  it("shows every phase in the help", () => {
    for (const name of phaseNames) assert.match(helpText(benchCommand), new RegExp(`^  ${name} `, "m"));
  });
});

describe("the benchmark's topic", () => {
  const request = read();

  it("has the same copies on both sides, and one needed in sync with the shipped settings", () => {
    const [ours, stock] = (["ours", "stock"] as const).map((against) => benchTopic(cluster, against, request));
    assert.equal(ours?.replicaAssignment.length, 15);
    for (const topic of [ours, stock]) assert.ok(topic?.replicaAssignment.every(({ length }) => length === 4));
    assert.deepEqual(
      [ours, stock].map((topic) => topic?.config["min.insync.replicas"]),
      ["2", "1"],
    );
  });

  it("holds 2 GiB of one copy at most, by whole segments", () => {
    for (const partitions of [1, 15, 200]) {
      const { config } = benchTopic(cluster, "ours", { ...request, partitions });
      const [retention, segment] = [Number(config["retention.bytes"]), Number(config["segment.bytes"])];
      assert.ok(partitions * (retention + segment) <= 2 * 1024 ** 3);
      // Kafka takes batches up to 1 MiB, and a batch has to fit into a segment.
      assert.ok(segment >= 2 * 1024 ** 2);
    }
  });

  it("takes changed settings on our side only", () => {
    const changed = { ...request, topicSettings: { "flush.messages": "1" } };
    assert.equal(benchTopic(cluster, "ours", changed).config["flush.messages"], "1");
    assert.equal(benchTopic(cluster, "stock", changed).config["flush.messages"], undefined);
  });

  it("is refused with more copies than brokers, and with too few to lose a broker", () => {
    assert.throws(() => benchTopic(cluster, "ours", { ...request, copies: 6 }), /--copies 6: there are 5 brokers/);
    assert.throws(() => benchTopic(cluster, "ours", { ...request, copies: 2 }), /--copies 2: .*at least 3 copies/);
    assert.equal(benchTopic(cluster, "ours", { ...request, copies: 2, phases: ["rate"] }).copies, 2);
  });
});
