import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { query, send, SLICE_ROWS, Sweep, type PreparedStatement, type StatementRunner } from '#app/postgres';

const EVERY_MS = 5_000;
/** Most rows of each table that one statement erases. */
const MOST_ROWS = SLICE_ROWS / 2;
/** Most rows of each table for each deletion of a transaction; what is more is erased soon after. */
const ROWS_A_DELETION = 1_000;
/** Most deleted contacts that one statement looks at. */
const CONTACTS_AT_ONCE = 500;

/** Deletes the histories of contacts, and empties the answers that show them: so much of both as one statement can. */
const eraseOf = (contacts: string, most: string): string => `
    events as materialized (select seq from contact_event where contact_id = any (${contacts}) limit ${most}),
    answers as materialized (
      select ctid from idempotency_key where contact_id = any (${contacts}) and result is not null limit ${most}),
    erased_events as (delete from contact_event where seq = any (array(select seq from events))),
    erased_answers as (update idempotency_key set result = null where ctid = any (array(select ctid from answers)))`;

const ERASE: PreparedStatement = { name: 'remains-erase', text: `with ${eraseOf('$1::bigint[]', '$2::bigint')} select` };

/** The oldest deleted contacts are done once less was found of all of them than a statement erases, whoever erases it. */
const ERASE_SLICE = `
  with noted as (select contact_id from deleted_contact order by contact_id limit ${CONTACTS_AT_ONCE} for update skip locked),
    ${eraseOf('array(select contact_id from noted)', String(MOST_ROWS))},
    found as (select greatest((select count(*) from events), (select count(*) from answers)) as rows),
    done as (delete from deleted_contact d using noted, found where d.contact_id = noted.contact_id and found.rows < ${MOST_ROWS})
  select exists (select from noted) as found`;

/** Erases contacts with their deletion, as far as a transaction can; {@link ContactRemains} erases the rest. */
export async function eraseRemains(runner: StatementRunner, contactIds: readonly number[]): Promise<void> {
  await send(runner, ERASE, [contactIds, Math.min(MOST_ROWS, ROWS_A_DELETION * contactIds.length)]);
}

/** Erases what deleted contacts have left: a history can be longer than one statement can delete. */
@Injectable()
export class ContactRemains extends Sweep {
  constructor(private readonly em: EntityManager) {
    super(EVERY_MS);
  }

  protected async deleteSlice(): Promise<number> {
    const [row] = await query<{ found: boolean }>(this.em.fork(), ERASE_SLICE);
    return row!.found ? SLICE_ROWS : 0;
  }
}
