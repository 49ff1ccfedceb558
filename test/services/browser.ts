/** A real browser for tests: headless Chromium, driven over a pipe by the protocol of its developer tools. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

import { findCommand } from "../../lab/setup/findCommand";
import { installPackages } from "../../lab/setup/hostPackages";

/** Debian's package, and command; it is the smallest: a download of 100 MB, where `chromium` has 150. */
const debian = "chromium-headless-shell";
const commands = [debian, "chromium", "google-chrome-stable", "google-chrome"];
/** Seconds for each answer. On an idle machine they come within a few ms, the first one within half a second. */
const deadlineSeconds = 60;

/** A tab. */
export interface Tab {
  /** The value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** Clicks the middle of an element, as a person would. */
  click(selector: string): Promise<void>;
  /** Takes the network from this tab, or gives it back. */
  offline(isOffline: boolean): Promise<void>;
  /** Shows the page as on another screen. */
  screen(screen: Screen): Promise<void>;
  /** The whole page as a PNG. */
  picture(): Promise<Buffer>;
  /** Closes it, as a person would: the page is told. */
  close(): Promise<void>;
}

/** A screen: its size in CSS pixels, and what the system prefers. */
export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly isPhone?: boolean;
  readonly isDark?: boolean;
}

/** A browser with a profile of its own. */
export interface Browser {
  /** Opens a page, and waits until it has loaded. */
  open(url: string): Promise<Tab>;
  end(): Promise<void>;
}

/** Starts a browser that is there, or else installs Debian's, which takes root. Throws when there is none. */
export async function startBrowser(): Promise<Browser> {
  const found = () => commands.map((name) => findCommand(name)).find((file) => file !== undefined);
  if (found() === undefined) await installPackages([debian], "tests of pages in a browser");
  const command = found();
  if (command === undefined) throw new Error(`no browser (${commands.join(", ")}): install one of them`);
  const profile = mkdtempSync(join(tmpdir(), "browser-"));
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", `--user-data-dir=${profile}`];
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] });
  let log = "";
  child.stderr?.on("data", (text: Buffer) => (log = (log + text.toString()).slice(-2000)));
  process.once("exit", () => child.kill("SIGKILL"));
  const [, , , input, output] = child.stdio as unknown as [null, null, Readable, Writable, Readable];
  const tools = new DeveloperTools(input, output, () => log);
  const end = async () => {
    const ended = once(child, "exit");
    // In good order, so that none of its processes still writes to the profile.
    await tools.ask("Browser.close").catch(() => child.kill("SIGKILL"));
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  return { open: (url) => openTab(tools, url), end };
}

async function openTab(tools: DeveloperTools, url: string): Promise<Tab> {
  const { targetId } = await tools.ask<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await tools.ask<{ sessionId: string }>("Target.attachToTarget", { targetId, flatten: true });
  const ask = <T>(method: string, params: object = {}) => tools.ask<T>(method, params, sessionId);
  const evaluate = async <T>(expression: string): Promise<T> => {
    const asked = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await ask<Evaluated<T>>("Runtime.evaluate", asked);
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  };
  await ask("Network.enable");
  await ask("Page.navigate", { url });
  for (const until = Date.now() + deadlineSeconds * 1000; ; await delay(20)) {
    if (await evaluate<boolean>(`location.href === ${JSON.stringify(url)} && document.readyState === "complete"`))
      break;
    if (Date.now() > until) throw new Error(`${url} did not load within ${deadlineSeconds} s`);
  }
  return {
    evaluate,
    click: async (selector) => {
      const { x, y } = await evaluate<{ x: number; y: number }>(
        `(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))` +
          `(document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect())`,
      );
      for (const type of ["mousePressed", "mouseReleased"]) {
        await ask("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
      }
    },
    offline: async (offline) => {
      const unlimited = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
      await ask("Network.emulateNetworkConditions", { offline, ...unlimited });
    },
    screen: async ({ width, height, isPhone = false, isDark = false }) => {
      const size = { width, height, deviceScaleFactor: isPhone ? 2 : 1, mobile: isPhone };
      await ask("Emulation.setDeviceMetricsOverride", size);
      const features = [{ name: "prefers-color-scheme", value: isDark ? "dark" : "light" }];
      await ask("Emulation.setEmulatedMedia", { features });
    },
    picture: async () => {
      const asked = { format: "png", captureBeyondViewport: true };
      const { data } = await ask<{ data: string }>("Page.captureScreenshot", asked);
      return Buffer.from(data, "base64");
    },
    close: async () => {
      await ask("Page.close");
      for (const until = Date.now() + deadlineSeconds * 1000; ; await delay(20)) {
        const { targetInfos } = await tools.ask<{ targetInfos: { targetId: string }[] }>("Target.getTargets");
        if (!targetInfos.some((info) => info.targetId === targetId)) return;
        if (Date.now() > until) throw new Error(`a tab did not close within ${deadlineSeconds} s`);
      }
    },
  };
}

interface Evaluated<T> {
  readonly result: { readonly value: T };
  readonly exceptionDetails?: unknown;
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Questions and answers over two pipes: JSON, each text ended by a NUL. */
class DeveloperTools {
  private lastId = 0;
  private readonly waiting = new Map<number, (answer: Answer) => void>();

  constructor(
    private readonly input: Writable,
    output: Readable,
    private readonly log: () => string,
  ) {
    let text = "";
    input.on("error", () => undefined);
    output.setEncoding("utf8").on("data", (more: string) => {
      const texts = (text + more).split("\0");
      text = texts.pop() ?? "";
      for (const answer of texts.map((one) => JSON.parse(one) as Answer)) {
        this.waiting.get(answer.id ?? 0)?.(answer);
        this.waiting.delete(answer.id ?? 0);
      }
    });
  }

  /** Asks the browser, or a tab by its session. */
  async ask<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = ++this.lastId;
    const answered = new Promise<Answer>((resolve) => this.waiting.set(id, resolve));
    this.input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const late = delay(deadlineSeconds * 1000, undefined, { ref: false });
    const answer = await Promise.race([answered, late]);
    if (answer === undefined)
      throw new Error(`${method}: no answer within ${deadlineSeconds} s; it said:\n${this.log()}`);
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result as T;
  }
}
