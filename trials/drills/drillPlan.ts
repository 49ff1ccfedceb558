import type { AlertPlan } from "./alerts";

/** The plan of a fault or of a change: its budget, its times and its alerts. */
export interface DrillPlan extends AlertPlan {
  readonly title: string;
  /** The longest time in ms without an acknowledgement that any partition may see. */
  readonly budgetMs: number;
  /** Whether it can be made on AWS; false: only the lab can. */
  readonly onAws: boolean;
  /**
   * Seconds from the fault to `undo()`; 0 where there is nothing to undo. For a change, the seconds that it may take.
   */
  readonly lastsSeconds: number;
  /** Seconds from `undo()` until every ISR must be full again; generous, also for stock settings. */
  readonly recoverSeconds: number;
}
