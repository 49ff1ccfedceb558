import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:http";
import type { Server } from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import { download, downloadText, Unreachable } from "../../../lab/setup/download";

describe("set-up: downloads", () => {
  const content = Buffer.alloc(100_000, "kafka");
  const checksum = createHash("sha512").update(content).digest("hex");
  let folder: string;
  let file: string;
  let server: Server;
  let base: string;

  before((done) => {
    server = createServer((request, response) => {
      if (request.url === "/whole") return response.end(content);
      if (request.url === "/cut") {
        response.writeHead(200, { "content-length": content.length });
        response.write(content.subarray(0, 1000), () => response.destroy());
        return;
      }
      response.writeHead(404).end();
    }).listen(0, "127.0.0.1", done);
  });
  after(() => server.close());
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "setup-download-"));
    file = path.join(folder, "archive");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const get = (url: string, sum = checksum) =>
    download({ url, file, algorithm: "sha512", checksum: sum, timeoutSeconds: 10 });

  it("keeps a file that has the published checksum", async () => {
    await get(`${base}/whole`);
    assert.deepEqual(fs.readFileSync(file), content);
  });

  it("refuses any other content, naming both checksums, and leaves no file", async () => {
    const other = "0".repeat(128);
    await assert.rejects(
      get(`${base}/whole`, other),
      (error: Error) =>
        !(error instanceof Unreachable) && error.message.includes(other) && error.message.includes(checksum),
    );
    assert.deepEqual(fs.readdirSync(folder), []);
  });

  it("leaves no half file of a transfer that was cut", async () => {
    await assert.rejects(get(`${base}/cut`), Unreachable);
    assert.deepEqual(fs.readdirSync(folder), []);
  });

  it("says of a missing file or server that it can't be reached, so that another source is tried", async () => {
    await assert.rejects(get(`${base}/none`), (error: Error) => {
      return error instanceof Unreachable && error.message.includes("HTTP 404") && error.message.includes(base);
    });
    await assert.rejects(downloadText("http://127.0.0.1:1/nobody"), Unreachable);
  });
});
