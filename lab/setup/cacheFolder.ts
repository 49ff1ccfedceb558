import * as os from "node:os";
import * as path from "node:path";

/**
 * Where downloads, built tools and the base image are kept: `$XDG_CACHE_HOME/kafka-on-ec2`, by default in `~/.cache`.
 */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME;
  // The XDG specification has relative paths ignored.
  const root = base !== undefined && path.isAbsolute(base) ? base : path.join(os.homedir(), ".cache");
  return path.join(root, "kafka-on-ec2");
}
