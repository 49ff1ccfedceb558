import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { requireFreePort } from "../../../cli/port";
import { freePort } from "../../../ops/freePort";
import { browserCommand, openBrowser } from "../../../stack/openBrowser";
import { lookAt, openTunnel, type Tunnel } from "../../../stack/opsTunnel";
import { monitoringRemark, watchPage } from "../../../stack/watch";
import { FakeCommands } from "../ops/fakeCommand";

const access = { target: "ec2-user@198.51.100.10", hostKey: "ssh-ed25519 HOST" };

describe("the way to a stack's page", function () {
  this.timeout(40_000);
  let commands: FakeCommands;
  beforeEach(() => (commands = new FakeCommands()));
  afterEach(() => commands.remove());
  const never = new AbortController().signal;
  /** Does as ssh -L does, to a port of this machine. */
  const forward = (port: number) =>
    `exec ${process.execPath} -e '` +
    `const n=require("net"),w=process.argv,[,p]=w[w.indexOf("-L")+1].split(":");` +
    `n.createServer(s=>{const b=n.connect(${port},"127.0.0.1");s.pipe(b).pipe(s);s.on("error",()=>0);` +
    `b.on("error",()=>s.destroy())}).listen(+p,"127.0.0.1")' -- "$@"`;

  it("is an SSH connection for nothing else, which ends with it", async () => {
    const page = createServer((_, response) => response.end("page")).listen(0, "127.0.0.1");
    await once(page, "listening");
    commands.put("ssh", forward((page.address() as AddressInfo).port));
    const local = await freePort();
    const tunnel = await openTunnel(access, { local, remote: 8099 }, never);
    assert.equal(await (await fetch(`http://127.0.0.1:${local}/`)).text(), "page");
    const [words = []] = commands.calls("ssh");
    assert.equal(words[words.indexOf("-L") + 1], `127.0.0.1:${local}:127.0.0.1:8099`);
    assert.ok(
      ["-N", "ExitOnForwardFailure=yes", "BatchMode=yes", "ServerAliveInterval=5"].every((one) => words.includes(one)),
    );
    assert.equal(words.at(-1), access.target);
    tunnel.close();
    await tunnel.lost;
    assert.equal(await lookAt(`http://127.0.0.1:${local}/`), "away");
    page.close();
  });

  it("says in one line that the ops host does not answer, with SSH's reason", async () => {
    commands.put("ssh", "echo 'ssh: connect to host 198.51.100.10 port 22: Connection timed out' >&2; exit 255");
    await assert.rejects(openTunnel(access, { local: await freePort(), remote: 8099 }, never), {
      name: "UserError",
      message:
        "the ops host ec2-user@198.51.100.10 does not answer; a lost one is replaced within minutes, and sshCidrs " +
        "says who may reach it: ssh: connect to host 198.51.100.10 port 22: Connection timed out",
    });
  });

  it("says that the stack has no page where nothing listens at the other end", async () => {
    commands.put("ssh", forward(await freePort()));
    await assert.rejects(
      openTunnel(access, { local: await freePort(), remote: 8099 }, never),
      /^UserError: nothing listens at 127\.0\.0\.1:8099 of the ops host .*earlier version.*kafka-page\.socket/,
    );
  });

  it("is opened again whenever it is lost, until it is ended; the page is opened once", async () => {
    const [said, shown, interruption] = [[] as string[], [] as number[], new AbortController()];
    let opened = 0;
    let closed = 0;
    const tunnel = (): Tunnel => ({
      lost: opened === 3 ? new Promise(() => undefined) : Promise.resolve("Broken pipe"),
      close: () => closed++,
    });
    await watchPage("http://127.0.0.1:8099/", interruption.signal, {
      open: () => {
        if (++opened === 2) return Promise.reject(new Error("the ops host does not answer"));
        if (opened === 3) setTimeout(() => interruption.abort(), 20);
        return Promise.resolve(tunnel());
      },
      show: () => Promise.resolve(shown.push(opened) === 1),
      remark: () => Promise.resolve(undefined),
      report: (line) => said.push(line.split("\n")[0] ?? ""),
      againMs: 1,
    });
    assert.deepEqual([opened, shown, closed], [3, [1], 1]);
    assert.deepEqual(
      said.map((line) => line.replace(/^Error: /, "")),
      [
        "http://127.0.0.1:8099/  Ctrl-C ends it",
        "the connection to the ops host is lost (Broken pipe): trying again until it is back",
        "the ops host does not answer",
        "the connection is back",
      ],
    );
  });

  it("prints the address where there is no browser", async () => {
    const [said, interruption] = [[] as string[], new AbortController()];
    setTimeout(() => interruption.abort(), 20);
    await watchPage("http://127.0.0.1:8099/", interruption.signal, {
      open: () => Promise.resolve({ lost: new Promise<string>(() => undefined), close: () => undefined }),
      show: () => Promise.resolve(false),
      remark: () => Promise.resolve("and no monitoring"),
      report: (line) => said.push(line),
    });
    assert.deepEqual(said, [
      "http://127.0.0.1:8099/  (no browser here: open it in one)  Ctrl-C ends it",
      "and no monitoring",
    ]);
  });

  it("says of a stack without monitoring what its page lacks", async () => {
    let monitored = false;
    const page = createServer((_, response) => response.end(JSON.stringify({ monitored }))).listen(0, "127.0.0.1");
    await once(page, "listening");
    const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}/`;
    assert.match(
      String(await monitoringRemark(url, "dev")),
      /^stack dev has no monitoring \(monitoringEnabled is false\): /,
    );
    monitored = true;
    assert.equal(await monitoringRemark(url, "dev"), undefined);
    page.close();
    assert.equal(await monitoringRemark(url, "dev"), undefined);
  });

  it("knows each system's browser, and that a machine without a screen has none", async () => {
    const url = "http://127.0.0.1:8099/";
    assert.deepEqual(browserCommand(url, "darwin", {}), ["open", url]);
    assert.deepEqual(browserCommand(url, "win32", {}), ["cmd", "/c", "start", "", url]);
    assert.deepEqual(browserCommand(url, "linux", { WAYLAND_DISPLAY: "wayland-0" }), ["xdg-open", url]);
    assert.equal(browserCommand(url, "linux", { DISPLAY: "" }), undefined);
    const { DISPLAY: display } = process.env;
    process.env.DISPLAY = ":7";
    try {
      commands.put("xdg-open", "exit 3");
      assert.equal(await openBrowser(url), false);
      commands.put("xdg-open", "exit 0");
      assert.equal(await openBrowser(url), true);
      assert.deepEqual(commands.calls("xdg-open").at(-1), [url]);
    } finally {
      if (display === undefined) delete process.env.DISPLAY;
      else process.env.DISPLAY = display;
    }
  });

  it("names another port when its own is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await assert.rejects(requireFreePort(port, "another watch"), {
      message: `127.0.0.1:${port} can't be had (EADDRINUSE): another watch may run; --port N takes another`,
    });
    other.close();
    await requireFreePort(await freePort(), "nobody");
  });
});
