import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fitted, frame, streamStatus, watchStatus, type Screen } from "../../../ops/statusWatch";
import { cluster, memoryOf, now, statusOf } from "./page/pageFixtures";

describe("the status that is drawn again and again", () => {
  const looked = async (screen: Omit<Screen, "write">, state = "/nowhere/state.json"): Promise<string[]> => {
    const written: string[] = [];
    let looks = 0;
    const watching = watchStatus(
      cluster,
      state,
      { ...screen, write: (text) => written.push(text) },
      () => {
        // Ctrl-C, after the second look.
        if (++looks === 2) setTimeout(() => process.emit("SIGINT"));
        return Promise.resolve(statusOf(looks === 1 ? [] : [3]));
      },
      1,
    );
    assert.equal(await watching, true);
    return written;
  };

  it("takes the place of the look before on a terminal, and leaves the last one there when it ends", async () => {
    const before = process.listenerCount("SIGINT");
    const written = await looked({ isTTY: true, columns: 200, rows: 60 });
    assert.equal(written[0], "\u001b[?1049h\u001b[?25l");
    assert.ok(written.slice(1, 3).every((text) => text.startsWith("\u001b[H") && text.endsWith("\u001b[J")));
    assert.match(written[1] ?? "", /kafka-prod: healthy/);
    assert.match(
      written.at(-1) ?? "",
      /^\u001b\[\?25h\u001b\[\?1049l[^]*kafka-prod: NOT HEALTHY[^]*kafka-3[^]*guardian: /,
    );
    assert.equal(process.listenerCount("SIGINT"), before, "Ctrl-C is Node's again");
  });

  it("follows the look before where there is no terminal, without a sign for one", async () => {
    const written = await looked({});
    assert.equal(written.length, 2);
    assert.ok(written.every((text) => !text.includes("\u001b")));
  });

  it("is a line of JSON each for programs, until nobody takes them", async () => {
    const lines: string[] = [];
    const print = (line: string) => {
      if (lines.push(line) === 2) throw new Error("nobody reads");
    };
    await assert.rejects(
      streamStatus(cluster, print, () => Promise.resolve(statusOf(lines.length === 0 ? [] : [3])), 1),
      /nobody reads/,
    );
    const healthy = lines.map((line) => (JSON.parse(line) as { healthy: boolean }).healthy);
    assert.deepEqual(healthy, [true, false]);
  });

  it("has what is missing, and what is done about it, in a window of 80 columns and 24 lines", async () => {
    const folder = mkdtempSync(join(tmpdir(), "status-watch-"));
    const file = join(folder, "state.json");
    const out = { outSince: now, problem: "no connection", next: "waits until 15:43:10Z, then marks i-0f3c unhealthy" };
    writeFileSync(file, JSON.stringify(memoryOf({ "kafka-3": out })));
    const written = await looked({ isTTY: true, columns: 80, rows: 24 }, file);
    rmSync(folder, { recursive: true });
    const lines = (written[2] ?? "").split("\u001b[K\r\n").map((line) => line.replaceAll(/\u001b\[./g, ""));
    assert.equal(lines.length, 24);
    assert.ok(lines.every((line) => line.length <= 80));
    const text = lines.join("\n").replaceAll(/\n {4}/g, " ");
    assert.match(text, /^\S+Z {2}kafka-prod: NOT HEALTHY/);
    assert.match(text, /missing: kafka-3: no connection within 3 s, .* and \d+ more\n/);
    assert.match(
      text,
      /\n {2}kafka-3 is out since 2026-11-29T15:42:10Z \(no connection\): waits .* i-0f3c unhealthy\n/,
    );
    assert.match(text, /\nkafka-1 +us-east-1\S +\S+ +in service/);
  });

  it("is fitted to the window, and says so", () => {
    assert.deepEqual(fitted("one\nkafka-3: connection refused on port 9092", 20, 4), [
      "one",
      "kafka-3: connection",
      "    refused on port",
      "    9092",
    ]);
    assert.deepEqual(fitted("0123456789012345678901234567890", 20, 3), ["01234567890123456789", "    01234567890"]);
    assert.deepEqual(fitted("1\n2\n3\n4", 40, 3), ["1", "2", "… 2 more lines: make the window higher"]);
    assert.equal(frame("a\nb", {}), "\u001b[Ha\u001b[K\r\nb\u001b[K\u001b[J");
  });
});
