/** A fault that cannot be done as it was asked for. Its message is one line for the caller. */
export class FaultError extends Error {
  constructor(
    /** 400: not understood; 404: no such instance; 409: not in its present state. */
    readonly status: 400 | 404 | 409,
    message: string,
  ) {
    super(message);
    this.name = "FaultError";
  }
}
