import type { IdempotencyKey } from './write-request.js';

/** Look-ups at once: one whose connection is silent does not hold up all later ones. */
const AT_ONCE = 2;

type Key = Pick<IdempotencyKey, 'tokenId' | 'key'>;

interface KeyRow {
  token_id: string;
  key: string;
}

interface Waiting<Row> extends Key {
  settle: PromiseWithResolvers<Row[]>;
}

/** Looks up keys: those that wait share a statement. */
export class KeyLookUps<Row extends KeyRow> {
  private waiting: Waiting<Row>[] = [];
  private running = 0;

  /** @param run returns the rows of these keys, in any order */
  constructor(private readonly run: (keys: readonly Key[]) => Promise<Row[]>) {}

  /** The rows of a key. */
  find({ tokenId, key }: Key): Promise<Row[]> {
    const settle = Promise.withResolvers<Row[]>();
    this.waiting.push({ tokenId, key, settle });
    // Requests of the same turn of the event loop share a look-up.
    if (this.waiting.length === 1) setImmediate(() => void this.begin());
    return settle.promise;
  }

  private async begin(): Promise<void> {
    if (this.waiting.length === 0 || this.running >= AT_ONCE) return;
    const keys = this.waiting;
    this.waiting = [];
    this.running++;
    try {
      const rows = await this.run(keys);
      for (const { tokenId, key, settle } of keys)
        settle.resolve(rows.filter((row) => row.token_id === tokenId && row.key === key));
    } catch (error) {
      for (const { settle } of keys) settle.reject(error);
    }
    this.running--;
    void this.begin();
  }
}
