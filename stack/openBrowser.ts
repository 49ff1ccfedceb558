import { spawn } from "node:child_process";

/** The command that shows a page in the user's browser; undefined where there is no screen for one. Pure. */
export function browserCommand(
  url: string,
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
): readonly [string, ...string[]] | undefined {
  if (platform === "darwin") return ["open", url];
  if (platform === "win32") return ["cmd", "/c", "start", "", url];
  const hasScreen = (environment.DISPLAY ?? environment.WAYLAND_DISPLAY ?? "") !== "";
  return hasScreen || environment.BROWSER !== undefined ? ["xdg-open", url] : undefined;
}

/** Shows a page in the user's browser. Gives whether there is one, as far as can be told. Never rejects. */
export async function openBrowser(url: string): Promise<boolean> {
  const words = browserCommand(url, process.platform, process.env);
  if (words === undefined) return false;
  const [command, ...args] = words;
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "ignore", detached: true });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
    // Some stay for as long as the browser does.
    setTimeout(() => resolve(true), 3000).unref();
    child.unref();
  });
}
