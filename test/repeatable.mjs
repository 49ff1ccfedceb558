import fc from "fast-check";

/*
 * For mutation testing (mutation.mjs), which runs the properties thousands of times: they try the same cases each time,
 * or a change would be noticed in one run and not in the next; few, and the first that fails is enough. `npm test`
 * tries others each time.
 */
fc.configureGlobal({ seed: 17, numRuns: 40, endOnFailure: true, interruptAfterTimeLimit: 500 });
