/** Counts what happens by name, for metrics. */
export class Tally<Name extends string> {
  private readonly numbers = new Map<Name, number>();

  /** @param names those that are shown before they happen: a rate needs a first value */
  constructor(names: readonly Name[]) {
    for (const name of names) this.numbers.set(name, 0);
  }

  count(name: Name): void {
    this.numbers.set(name, (this.numbers.get(name) ?? 0) + 1);
  }

  get counts(): ReadonlyMap<Name, number> {
    return this.numbers;
  }
}
