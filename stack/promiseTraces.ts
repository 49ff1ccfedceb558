/**
 * Leaves out the stack traces that Pulumi's SDK takes for every promise, to show where one was made that is never
 * settled: to map their lines to the source's costs the program 1 s of 4.4 s (a preview of the whole cluster). Errors
 * keep theirs. `PULUMI_DEBUG_PROMISE_LEAKS` asks for all of them.
 */
export function leaveOutPromiseTraces(): void {
  if (process.env.PULUMI_DEBUG_PROMISE_LEAKS !== undefined) return;
  // Set by what compiles TypeScript, so that lines are those of the source.
  const mapped = Error.prepareStackTrace?.bind(Error);
  Error.prepareStackTrace = (error, frames): unknown => {
    if (/\/runtime\/debuggable\.js$/.test(frames[0]?.getFileName() ?? "")) return String(error);
    return mapped === undefined ? [error, ...frames].map(String).join("\n    at ") : mapped(error, frames);
  };
}
