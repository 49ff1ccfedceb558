import type { EngineEvent } from "@pulumi/pulumi/automation";

/**
 * Counts the events of an operation. The Automation API leaves out what it can't read, and goes on without any when it
 * gets no connection.
 */
export class EventCount {
  private handled = 0;
  private total: number | undefined;

  /** Whether every event has come. */
  get complete(): boolean {
    return this.handled === this.total;
  }

  handle({ sequence, cancelEvent }: EngineEvent): void {
    // The engine's last one, however it ends; they are numbered from 0.
    if (cancelEvent !== undefined) this.total = sequence + 1;
    this.handled++;
  }
}
