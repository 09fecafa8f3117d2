import type pg from 'pg';

const EVERY_MS = 250;

const LAST_DRAWN = {
  name: 'outbox-last-drawn',
  text: `select coalesce(pg_sequence_last_value('outbox_id_seq'::regclass), 0) as id`,
};
/** A transaction that draws an id holds this lock until its end. The exports and backups of a database don't take it. */
const WRITERS = {
  name: 'outbox-writers',
  text: `select virtualtransaction as writer from pg_locks
    where locktype = 'relation' and relation = 'outbox_id_seq'::regclass and mode = 'RowExclusiveLock'
      and database = (select oid from pg_database where datname = current_database())`,
};

/** The transactions that were open after an id had been drawn. */
interface Drawn {
  id: number;
  writers: ReadonlySet<string>;
}

/** Up to which id no row can be committed any more. One for each session. */
class EndedWriters {
  private drawn: Drawn | undefined;
  private observing: Promise<void> | undefined;
  private dueAt = 0;
  /** Each transaction that drew an id up to this one is over. */
  upTo = 0;

  /** Observes now and then: its statements are sent at once. */
  observe(session: pg.Client): void {
    if (performance.now() >= this.dueAt) this.observing ??= this.look(session);
  }

  /** A failure changes nothing: a session that is lost fails the reads too. */
  private async look(session: pg.Client): Promise<void> {
    // In this order: whoever draws a later id than the first answer does not count.
    const answers = Promise.all([session.query<{ id: string }>(LAST_DRAWN), session.query<{ writer: string }>(WRITERS)]);
    try {
      const [last, open] = await answers;
      this.note({ id: Number(last.rows[0]!.id), writers: new Set(open.rows.map(({ writer }) => writer)) });
    } catch {
      this.drawn = undefined;
    } finally {
      this.dueAt = performance.now() + EVERY_MS;
      this.observing = undefined;
    }
  }

  private note(now: Drawn): void {
    if (now.writers.size === 0) this.upTo = now.id;
    else if (this.drawn && ![...this.drawn.writers].some((writer) => now.writers.has(writer))) this.upTo = this.drawn.id;
    else if (this.drawn) return;
    this.drawn = now;
  }
}

/**
 * An id that every row of the outbox is above, and every row that is still committed will be.
 *
 * While another session holds an old snapshot (an export, a backup), PostgreSQL keeps deleted rows, and a read from the lowest id visits
 * them all: 60,000 of them cost 100 ms in each pass. A read above the floor does not.
 */
export class OutboxFloor {
  private floor = 0;

  constructor(private readonly ended = new EndedWriters()) {}

  get id(): number {
    return this.floor;
  }

  /** For other rows of the session: its first read begins at the lowest id, and raises it. */
  another(): OutboxFloor {
    return new OutboxFloor(this.ended);
  }

  /**
   * Reads the oldest rows above the floor, and raises it.
   * @param read its statement is sent at once, in the same session
   */
  async read<Row extends { id: number }>(session: pg.Client, read: (floor: number) => Promise<Row[]>): Promise<Row[]> {
    // The snapshot of this read is later than the end of those transactions, so it shows their rows.
    const { upTo } = this.ended;
    const reading = read(this.floor);
    this.ended.observe(session);
    const rows = await reading;
    const [first] = rows;
    this.floor = Math.max(this.floor, first ? Math.min(upTo, first.id - 1) : upTo);
    return rows;
  }
}
