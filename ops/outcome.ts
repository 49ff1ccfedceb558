/**
 * The result of a command of the ops host. `unfinished`: all is well, there is more to do, and it is to be run again.
 */
export type Outcome = "done" | "failed" | "unfinished";
