import { audited } from '../audit/audited.js';
import type pg from 'pg';
import { onDatabase } from '../connections.js';
import { note, print, printJson, type Tool } from '../tool.js';
import { requireYes } from '../ask.js';

export interface ParkOptions {
  json?: boolean;
  yes?: boolean;
  partition: number;
  offset: number;
}

/** Gives up one record: the auth app dead-letters it the next time that its partition stops there. */
export async function park({ partition, offset, json, yes }: ParkOptions, tool: Tool): Promise<void> {
  const topic = tool.env.topic('portal-logins.v1');
  await onDatabase(tool.env.authDatabaseUrl, async (database) => {
    const next = await nextOffset(database, topic, partition);
    if (offset > next)
      note(
        tool,
        `No record stops the auth app there: it goes on at ${next}. The record of offset ${offset} is given up if it stops it later.`,
      );
    if (offset < next) note(tool, `The auth app is past that offset, it goes on at ${next}: a rebuild passes the record.`);
    note(tool, 'The login of that record will have no password, where the record can be read that far, until its next change.');
    await requireYes(tool, `Move offset ${offset} of ${topic}, partition ${partition}, to the dead letters?`, yes);
    await audited(tool, { name: 'park', target: `${topic}/${partition}@${offset}` }, () =>
      database.query('insert into parked_record (topic, partition, record_offset) values ($1, $2, $3) on conflict do nothing', [
        topic,
        partition,
        offset,
      ]),
    );
  });
  if (json) return printJson(tool, { topic, partition, offset });
  print(
    tool,
    'Noted. If the partition stops at that offset, the auth app goes on within 15 s; see its health and dead-letters list.',
  );
}

async function nextOffset(database: pg.Client, topic: string, partition: number): Promise<number> {
  const { rows } = await database.query<{ next: string }>(
    'select next_offset as next from consumer_offset where topic = $1 and partition = $2',
    [topic, partition],
  );
  return Number(rows[0]?.next ?? 0);
}
