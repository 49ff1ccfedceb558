/** What the catalog says of a fault and of a change alike. */
export interface DrillPlan {
  readonly title: string;
  /** The longest time without an acknowledgement that any partition may see. */
  readonly budgetMs: number;
  /** False: only the lab can make it. */
  readonly onAws: boolean;
  /** From the fault to `undo()`; 0 where there is nothing to undo. How long a change may take. */
  readonly lastsSeconds: number;
  /** From `undo()` until every ISR must be full again; generous, also for stock settings. */
  readonly recoverSeconds: number;
}
