import type { EntityManager } from '@mikro-orm/postgresql';
import { attributesDefect } from '#app/contracts';
import { markDefect, UNMARKED, type EventMacKeys } from '#app/credentials';
import type { Authenticate, Authenticity, ForgetNotes } from '#app/messaging';
import { query } from '#app/postgres';

/**
 * Recognizes the gateway's records of logins by their mark, and by attributes that can be read: the mark does not cover all of them, and a
 * copy of a record with others must not count as a fault of the set-up. Unmarked ones from before marking was switched on are skipped:
 * `events remark` has published each login again after them.
 * @param em database in which `events remark` stores where marking began
 */
export function loginAuthenticity(keys: EventMacKeys | undefined, em: EntityManager): Authenticate | undefined {
  if (!keys) return undefined;
  return async (records, { topic, partition }, isThorough) => {
    // Reading the attributes twice costs 8 µs a record; a batch with one that cannot be read fails, and is judged once more.
    const defects = records.map((record) => markDefect(keys, record) ?? (isThorough ? attributesDefect(record) : undefined));
    const markedFrom = defects.includes(UNMARKED) ? await firstMarkedOffset(em, topic, partition) : 0;
    return defects.map((defect, index): Authenticity => {
      if (defect === undefined) return 'genuine';
      const isFromBefore = defect === UNMARKED && Number(records[index]!.offset) < markedFrom;
      return isFromBefore ? 'skipped' : { unauthentic: defect };
    });
  };
}

/** The topic was made again: it has no records from before marking was switched on. */
export const forgetMarkingStart: ForgetNotes = async (transaction, { topic, partition }) => {
  await query(transaction, 'delete from marking_start where topic = $1 and partition = $2', [topic, partition]);
};

async function firstMarkedOffset(em: EntityManager, topic: string, partition: number): Promise<number> {
  const rows = await query<{ first: string }>(
    em.fork(),
    'select first_offset as first from marking_start where topic = $1 and partition = $2',
    [topic, partition],
  );
  return Number(rows[0]?.first ?? 0);
}
