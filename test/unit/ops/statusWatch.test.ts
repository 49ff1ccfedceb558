import assert from "node:assert/strict";
import { fitted, frame, watchStatus, type Screen } from "../../../ops/statusWatch";
import { cluster, statusOf } from "./page/pageFixtures";

describe("the status that is drawn again and again", () => {
  const looked = async (screen: Omit<Screen, "write">): Promise<string[]> => {
    const written: string[] = [];
    let looks = 0;
    const watching = watchStatus(
      cluster,
      "/nowhere/state.json",
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

  it("is cut to the window, and says so", () => {
    assert.deepEqual(fitted("one\ntwo\nthree", 4, 3), ["one", "two", "thr…"]);
    assert.deepEqual(fitted("1\n2\n3\n4", 40, 3), ["1", "2", "… 2 more lines: make the window higher"]);
    assert.equal(frame("a\nb", {}), "\u001b[Ha\u001b[K\r\nb\u001b[K\u001b[J");
  });
});
