import assert from "node:assert/strict";
import { inUnit, megabytesPerSecond } from "../../../settings/units";

describe("an amount with a unit", () => {
  const cases: Readonly<Record<string, Readonly<Record<string, number | undefined>>>> = {
    brokerHeapMiB: {
      "6g": 6144,
      "6GB": 6144,
      "6 GiB": 6144,
      "512m": 512,
      "512MiB": 512,
      "512 megabytes": undefined,
      "2048k": 2,
      "1tb": 1_048_576,
      "1048576b": 1,
      "2048 kbytes": 2,
      "2Mbyte": 2,
      "+6g": 6144,
      "  6g  ": 6144,
      "1.5g": 1536,
      "1,5g": 1536,
      "1,024": 1024,
      "1_024m": 1024,
      "1,0245": 1,
      "12": 12,
      "6h": undefined,
      "6x": undefined,
      g: undefined,
      "": undefined,
      "1.2.3g": undefined,
      "-6g": undefined,
      "6g 1m": undefined,
    },
    brokerVolumeGiB: { "1T": 1024, "100GiB": 100, "512MB": 1, "1kb": 0 },
    brokerVolumeThroughputMiBps: { "250MiB/s": 250, "250MBps": 250, "1g/s": 1024 },
    workloadIngestMBps: { "100MB/s": 100, "800Mbit/s": 100, "100mb/s": undefined, "1GB/s": 1000 },
    workloadEventBytes: { "1k": 1024, "2KB": 2048, "1m": 1_048_576 },
    "segment.bytes": { "1GB": 1_073_741_824 },
    "log.cleaner.io.buffer.size": { "512k": 524_288 },
    "log.cleaner.io.max.bytes.per.second": { "1m/s": 1_048_576 },
    "segment.ms": { "7d": 604_800_000, "1w": 604_800_000, "2 weeks": 1_209_600_000, "90s": 90_000, "90 sec": 90_000 },
    ms: { "1min": 60_000, "250ms": 250, "2 minutes": 120_000 },
    "leader.imbalance.check.interval.seconds": { "5m": 300, "1 hour": 3600, "1500ms": 2 },
    gateTimeoutMinutes: { "1h": 60, "90 seconds": 2, "1g": undefined },
    "log.retention.minutes": { "1d": 1440 },
    retentionHours: { "7d": 168, "2 days": 48, "30min": 1 },
    "log.retention.hours": { "1week": 168 },
    brokerCount: { "5": 5, "5m": undefined, "5 brokers": undefined },
    bms: { "1s": undefined },
  };
  for (const [setting, answers] of Object.entries(cases)) {
    it(`is what was meant of ${setting}`, () => {
      for (const [text, meant] of Object.entries(answers)) assert.equal(inUnit(text, setting), meant, text);
    });
  }

  it("is a rate in MB/s, as on a network: M is 10^6, Mi 2^20, a small b may be bits", () => {
    const rates: Readonly<Record<string, number | undefined>> = {
      "100": 100,
      " 1.5 ": 1.5,
      "100MB/s": 100,
      "100MBps": 100,
      "100 MB": 100,
      "100M": 100,
      "1.5 GBps": 1500,
      "1TB/s": 1_000_000,
      "500kB/s": 0.5,
      "500 KB/s": 0.5,
      "1000000B/s": 1,
      "100MiB/s": 104.8576,
      "1GiBps": 1073.741824,
      "800Mbit/s": 100,
      "800Mbits/s": 100,
      "800 Mbps": 100,
      "800Mb/s": 100,
      "1Gbit/s": 125,
      "100 megabytes": undefined,
      "100Mbytes/s": 100,
      "100Mbyte/s": 100,
      // Bits without "a second" are no rate; bytes or bits?
      "800Mbit": undefined,
      "800Mb": undefined,
      "100mb/s": undefined,
      "1gb/s": undefined,
      "1tbps": undefined,
      "1mbit/s": 0.125,
      "8kb/s": 0.001,
      "100 MB/s a day": undefined,
      x100: undefined,
      "-1": undefined,
      "1.": undefined,
      "": undefined,
      MB: undefined,
    };
    for (const [text, rate] of Object.entries(rates)) assert.equal(megabytesPerSecond(text), rate, text);
  });
});
