import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ledger } from "../../../../examples/activity/collector/ledger";

const noon = Date.parse("2026-11-29T12:00:00Z");
const dayMs = 86_400_000;

describe("the ledger of accepted events", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ledger-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("counts by minute, over midnight and over the death of its process", () => {
    const ledger = new Ledger(folder, assert.fail);
    ledger.add(noon + 59_999, "acknowledged", 3);
    ledger.add(noon + 60_000, "spooled", 2);
    ledger.add(noon + dayMs / 2, "refused", 1);
    const later = new Ledger(folder, assert.fail);
    later.add(noon, "acknowledged", 1);
    assert.deepEqual(later.between(noon, noon + dayMs), [
      { minute: "2026-11-29T12:00Z", acknowledged: 4, spooled: 0, refused: 0 },
      { minute: "2026-11-29T12:01Z", acknowledged: 0, spooled: 2, refused: 0 },
      { minute: "2026-11-30T00:00Z", acknowledged: 0, spooled: 0, refused: 1 },
    ]);
    assert.equal(later.between(noon, noon + 60_000).length, 1);
  });

  it("keeps thirty days", () => {
    const ledger = new Ledger(folder, assert.fail);
    for (let day = 0; day < 33; day++) ledger.add(noon + day * dayMs, "acknowledged", 1);
    assert.equal(readdirSync(folder).length, 30);
    assert.equal(ledger.between(noon, noon + 40 * dayMs).length, 30);
  });
});
