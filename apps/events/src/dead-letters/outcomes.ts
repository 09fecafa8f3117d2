import type pg from 'pg';
import type { DeadLetter, Outcome } from './dead-letter.js';

/** The decisions on dead letters, in the auth app's database: the topic's records cannot be changed. */
export class Outcomes {
  constructor(
    private readonly database: pg.Client,
    private readonly topic: string,
  ) {}

  /** Adds to each letter its outcome. */
  async tell(letters: readonly DeadLetter[]): Promise<DeadLetter[]> {
    const { rows } = await this.database.query<{ place: string; recorded: string; outcome: Outcome }>(
      `select partition || '@' || record_offset as place, recorded_at as recorded, outcome from dead_letter_outcome where topic = $1`,
      [this.topic],
    );
    const known = new Map(rows.map(({ place, recorded, outcome }) => [`${place} ${recorded}`, outcome]));
    return letters.map((letter) => ({ ...letter, outcome: known.get(`${letter.place} ${letter.timestamp}`) ?? null }));
  }

  /** Stores outcomes of letters; the last one counts. */
  async note(letters: readonly DeadLetter[], outcome: Outcome): Promise<void> {
    await this.database.query(
      `insert into dead_letter_outcome (topic, partition, record_offset, recorded_at, outcome)
       select $1, *, $2 from unnest($3::int[], $4::bigint[], $5::bigint[])
       on conflict (topic, partition, record_offset) do update
         set recorded_at = excluded.recorded_at, outcome = excluded.outcome, decided_at = excluded.decided_at`,
      [
        this.topic,
        outcome,
        letters.map(({ partition }) => partition),
        letters.map(({ offset }) => offset),
        letters.map(({ timestamp }) => timestamp),
      ],
    );
  }

  /** Deletes outcomes of letters that the topic no longer holds. */
  async sweep(starts: readonly number[]): Promise<void> {
    await this.database.query(
      `delete from dead_letter_outcome using unnest($2::bigint[]) with ordinality as held (first, number)
        where topic = $1 and partition = number - 1 and record_offset < first`,
      [this.topic, starts],
    );
  }
}
