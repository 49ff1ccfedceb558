/** Keeps what there is of a kind equal to what is wanted: makes what is missing, removes what is wanted no more. */
export class KeptEqual<Made = unknown> {
  private readonly present = new Map<string, Made>();

  constructor(
    private readonly make: (one: string) => Promise<Made>,
    private readonly remove: (one: string, made: Made) => unknown,
  ) {}

  async apply(wanted: readonly string[]): Promise<void> {
    for (const one of wanted) {
      if (!this.present.has(one)) this.present.set(one, await this.make(one));
    }
    for (const [one, made] of this.present) {
      if (wanted.includes(one)) continue;
      await this.remove(one, made);
      this.present.delete(one);
    }
  }
}
