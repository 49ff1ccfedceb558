import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { carryBy } from "../../../lab/forward";
import { freePort } from "../../../ops/freePort";

/** What netcat does inside an instance. */
const netcat = (port: number) => [
  process.execPath,
  "-e",
  `const to = require("net").connect(${port}, "127.0.0.1"); process.stdin.pipe(to); to.pipe(process.stdout);`,
];

describe("a port that leads into an instance", () => {
  it("carries each connection by a command of its own, and says when it can't be had", async () => {
    const inside = createServer((request, response) => request.pipe(response)).listen(0, "127.0.0.1");
    await once(inside, "listening");
    const local = await freePort();
    const way = await carryBy(netcat((inside.address() as AddressInfo).port), local);
    try {
      const body = "x".repeat(300_000);
      const send = async () => (await fetch(`http://127.0.0.1:${local}/`, { method: "POST", body })).text();
      for (const answer of await Promise.all([send(), send()])) assert.equal(answer, body);
      await assert.rejects(carryBy(netcat(1), local), /can't be listened at \(.*EADDRINUSE.*\): give another one/);
    } finally {
      way.close();
      inside.close();
      inside.closeAllConnections();
    }
  });

  it("closes a connection whose command ends", async () => {
    const local = await freePort();
    const way = await carryBy([process.execPath, "-e", ""], local);
    await assert.rejects(fetch(`http://127.0.0.1:${local}/`), /fetch failed/);
    way.close();
  });
});
