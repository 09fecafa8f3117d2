import type pg from 'pg';

const OWN = `with own as (select topic, substring(topic from '\\.[^.]+\\.v\\d+$') as name from unnest($1::text[]) topic)`;
const IS_OTHER = 'outbox.topic <> own.topic and right(outbox.topic, length(own.name)) = own.name';

/** How many rows of the outbox wait for topics of another prefix. @param topics full names of this deployment's topics */
export async function countRowsOfOtherTopics(session: pg.Client, topics: readonly string[]): Promise<number> {
  const { rows } = await session.query<{ count: string }>(`${OWN} select count(*) from outbox, own where ${IS_OTHER}`, [topics]);
  return Number(rows[0]!.count);
}

/**
 * Has these rows wait for this deployment's topics: what they say of a removed key stands nowhere else, and nobody may read the topics
 * that they waited for. Their ids are lower than those of later rows, so the versions of a key stay in order.
 */
export async function moveRowsOfOtherTopics(session: pg.Client, topics: readonly string[]): Promise<void> {
  await session.query(`${OWN} update outbox set topic = own.topic from own where ${IS_OTHER}`, [topics]);
}
