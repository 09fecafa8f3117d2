/** Look-ups at once: one whose connection is silent does not hold up all later ones. */
const AT_ONCE = 2;

interface Waiting<Key, Row> {
  key: Key;
  settle: PromiseWithResolvers<Row[]>;
}

/** Looks up rows by keys: those that wait share a statement. */
export class SharedLookUps<Key, Row> {
  private waiting: Waiting<Key, Row>[] = [];
  private running = 0;

  /**
   * @param run returns the rows of these keys
   * @param isOf whether a row is one of a key's
   */
  constructor(
    private readonly run: (keys: readonly Key[]) => Promise<Row[]>,
    private readonly isOf: (row: Row, key: Key) => boolean,
  ) {}

  /** The rows of a key, in the order in which they were returned. */
  find(key: Key): Promise<Row[]> {
    const settle = Promise.withResolvers<Row[]>();
    this.waiting.push({ key, settle });
    // Requests of the same turn of the event loop share a look-up.
    if (this.waiting.length === 1) setImmediate(() => void this.begin());
    return settle.promise;
  }

  private async begin(): Promise<void> {
    if (this.waiting.length === 0 || this.running >= AT_ONCE) return;
    const all = this.waiting;
    this.waiting = [];
    this.running++;
    try {
      const rows = await this.run(all.map(({ key }) => key));
      for (const { key, settle } of all) settle.resolve(rows.filter((row) => this.isOf(row, key)));
    } catch (error) {
      for (const { settle } of all) settle.reject(error);
    }
    this.running--;
    void this.begin();
  }
}
