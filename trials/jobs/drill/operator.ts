import { setTimeout as pause } from "node:timers/promises";
import type { Word } from "./parameters";

/** The operator's words, as last read from CONTROL_URL; polled once a second. */
export class Operator {
  private last: Word = {};

  /** Called when the operator gives up. */
  onStop: () => void = () => undefined;

  constructor(private readonly url: string) {
    void this.listen();
  }

  /**
   * Waits for a word of the operator. Throws when it does not come.
   * @param wanted the value that counts; default: any
   */
  async hears(what: "fault" | "undone" | "link", limitMs: number, wanted?: number): Promise<number> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const said = this.last[what];
      if (said !== undefined && (wanted ?? said) === said) return said;
      if (Date.now() > deadline) throw new Error(`the operator did not say "${what}" within ${limitMs / 1000} s`);
      await pause(200);
    }
  }

  private async listen(): Promise<void> {
    while (this.last.stop !== true) {
      try {
        // Until the operator has said something there is nothing at that address.
        const answer = await fetch(this.url, { signal: AbortSignal.timeout(4000) });
        if (answer.ok) this.last = (await answer.json()) as Word;
        else await answer.body?.cancel();
      } catch {
        // The next round will do.
      }
      await pause(1000);
    }
    this.onStop();
  }
}
