/** A fault of the set-up that the user can act on: one sentence saying what is wrong, where, and what to do. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}
