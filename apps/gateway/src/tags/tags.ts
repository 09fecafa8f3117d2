import { foldCase, type TagSnapshot } from '#app/contracts';
import { query, type PreparedStatement, type StatementRunner } from '#app/postgres';
import { limitFurtherWaits } from '../writes/write-waits.js';

const FIND: PreparedStatement = {
  name: 'tags-find',
  text: 'select id, name, name_key, description, icon, color from tag where name_key = any($1::text[])',
};

interface TagRow extends Omit<TagSnapshot, 'id'> {
  id: string;
  name_key: string;
}

/** The existing tags of these keys, by key. */
export async function findTags(runner: StatementRunner, keys: readonly string[]): Promise<Map<string, TagSnapshot>> {
  if (keys.length === 0) return new Map();
  const rows = await query<TagRow>(runner, FIND, [keys]);
  return new Map(rows.map(({ name_key, id, ...tag }) => [name_key, { id: Number(id), ...tag }]));
}

/**
 * The tags of these names by key; missing ones are made.
 * Names are inserted in the order of their keys, so that two transactions with the same new names cannot deadlock.
 */
export async function findOrCreateTags(runner: StatementRunner, names: readonly string[]): Promise<Map<string, TagSnapshot>> {
  const spellings = new Map<string, string>();
  for (const name of names) if (!spellings.has(foldCase(name))) spellings.set(foldCase(name), name);
  const known = await findTags(runner, [...spellings.keys()]);
  const missing = [...spellings].filter(([key]) => !known.has(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  if (missing.length === 0) return known;
  // Each new tag is a lock until the commit.
  await limitFurtherWaits(runner);
  const text = `insert into tag (name_key, name) select * from unnest($1::text[], $2::text[]) on conflict (name_key) do nothing`;
  await query(runner, text, [missing.map(([key]) => key), missing.map(([, name]) => name)]);
  return findTags(runner, [...spellings.keys()]);
}

/** The tags of these names, for a dry run: a missing one is made up, with an id below 1. */
export async function findOrMakeUpTags(runner: StatementRunner, names: readonly string[]): Promise<Map<string, TagSnapshot>> {
  const tags = await findTags(runner, [...new Set(names.map(foldCase))]);
  for (const name of names) {
    const key = foldCase(name);
    if (!tags.has(key)) tags.set(key, { id: -1 - tags.size, name, description: null, icon: null, color: null });
  }
  return tags;
}
