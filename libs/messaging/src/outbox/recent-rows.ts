import type { PendingRow, WaitingRow } from './pending-rows.js';

/** A record that waits to be published, as it was recorded: its headers in the order in which the database stores them. */
export type RecordedRow = Omit<PendingRow, 'id'>;

/** Rows that one statement has recorded. */
export interface RecordedRows {
  rows: readonly RecordedRow[];
  /** At the same index; they are known by the end of the transaction. */
  ids: readonly number[];
}

/** Most characters that are kept: far more than the rows of one pass, and little of the memory that a relay may take. */
const MOST_CHARACTERS = 4 * 1024 * 1024;
/** Room for a row's key and headers. */
const OVERHEAD_CHARACTERS = 1_024;

/**
 * Rows that this process has recorded and committed, until they are published: the relay does not read their contents from the database,
 * which would print them, send them and have them parsed. Only what the database shows as committed is published, and in its order.
 */
export class RecentRows {
  private readonly rows = new Map<number, RecordedRow>();
  private characters = 0;
  private isOpen = false;

  /** @param mostCharacters later rows are not kept */
  constructor(private readonly mostCharacters = MOST_CHARACTERS) {}

  get size(): number {
    return this.rows.size;
  }

  /** From now on this process publishes. */
  open(): void {
    this.isOpen = true;
  }

  /** Another process may publish from now on, so nothing is kept. */
  close(): void {
    this.isOpen = false;
    this.rows.clear();
    this.characters = 0;
  }

  /** Keeps rows after their commit. */
  keep({ ids, rows }: RecordedRows): void {
    if (!this.isOpen || ids.length !== rows.length) return;
    ids.forEach((id, index) => {
      const row = rows[index]!;
      const characters = charactersOf(row);
      if (this.rows.has(id) || this.characters + characters > this.mostCharacters) return;
      this.rows.set(id, row);
      this.characters += characters;
    });
  }

  /** The row as the database would give it; undefined where it is not kept. */
  find({ id, topic, key }: WaitingRow): PendingRow | undefined {
    const row = this.rows.get(id);
    if (row?.topic !== topic || row.key !== key) return undefined;
    return { ...row, id };
  }

  /** Drops published rows. */
  drop(ids: readonly number[]): void {
    for (const id of ids) {
      const row = this.rows.get(id);
      if (!row) continue;
      this.rows.delete(id);
      this.characters -= charactersOf(row);
    }
  }

  /** Drops rows up to an id that all rows of the database are above: the relay can publish a row before it is kept here. */
  dropUpTo(floor: number): void {
    for (const id of this.rows.keys()) {
      if (id > floor) return;
      this.drop([id]);
    }
  }
}

const charactersOf = ({ payload }: RecordedRow): number => (payload?.length ?? 0) + OVERHEAD_CHARACTERS;
