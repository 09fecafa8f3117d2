import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { query, send, SLICE_ROWS, Sweep, type PreparedStatement, type StatementRunner } from '#app/postgres';

const EVERY_MS = 5_000;
/** Most rows of each table that the deletions of a transaction take with them; what is more is deleted soon after. */
const AT_ONCE = 1_000;

/** Deletes the histories of contacts, and empties the answers that show them: so much of both as one statement can. */
const eraseOf = (contacts: string, most: number): string => `
    events as (delete from contact_event where seq = any (array(
        select seq from contact_event where contact_id = any (${contacts}) limit ${most})) returning 1),
    answers as (update idempotency_key k set result = null from (
        select token_id, key, item from idempotency_key
        where contact_id = any (${contacts}) and result is not null limit ${most}) a
      where (k.token_id, k.key, k.item) = (a.token_id, a.key, a.item) returning 1)`;

const ERASE: PreparedStatement = { name: 'remains-erase', text: `with ${eraseOf('$1::bigint[]', AT_ONCE)} select` };

/** The oldest deleted contact is done once nothing of it was left. */
const ERASE_SLICE = `
  with one as (select contact_id from deleted_contact order by contact_id limit 1 for update skip locked),
    ${eraseOf('array(select contact_id from one)', SLICE_ROWS / 2)},
    erased as (select (select count(*) from events) + (select count(*) from answers) as rows),
    done as (delete from deleted_contact d using one, erased where d.contact_id = one.contact_id and erased.rows = 0)
  select exists (select from one) as found`;

/** Erases contacts with their deletion, as far as a transaction can; {@link ContactRemains} erases the rest. */
export async function eraseRemains(runner: StatementRunner, contactIds: readonly number[]): Promise<void> {
  await send(runner, ERASE, [contactIds]);
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
