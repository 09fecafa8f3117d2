import type { PreparedStatement, StatementTransaction } from '#app/postgres';
import type { ContactChange } from './contact.change.js';

const REMOVE_TAGS: PreparedStatement = {
  name: 'tags-remove',
  text: `delete from contact_tag l using unnest($1::bigint[], $2::bigint[]) as r(contact_id, tag_id)
    where l.contact_id = r.contact_id and l.tag_id = r.tag_id`,
};

const ADD_TAGS: PreparedStatement = {
  name: 'tags-add',
  text: `insert into contact_tag (contact_id, tag_id) select * from unnest($1::bigint[], $2::bigint[])`,
};

/** Sends the tags that changes take away and add. */
export function sendTags(transaction: StatementTransaction, changes: readonly Pick<ContactChange, 'before' | 'after'>[]): void {
  const moved = changes.filter(({ before, after }) => before.tags !== after.tags);
  const missingIn = (from: 'before' | 'after', other: 'before' | 'after'): [number, number][] =>
    moved.flatMap((change) => {
      const others = new Set(change[other].tags.map(({ id }) => id));
      return change[from].tags.filter(({ id }) => !others.has(id)).map(({ id }): [number, number] => [change.after.id, id]);
    });
  const send = (statement: PreparedStatement, pairs: [number, number][]) => {
    if (pairs.length > 0)
      void transaction.query(statement, [pairs.map(([contactId]) => contactId), pairs.map(([, tagId]) => tagId)]);
  };
  send(REMOVE_TAGS, missingIn('before', 'after'));
  send(ADD_TAGS, missingIn('after', 'before'));
}
