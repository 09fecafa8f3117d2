import type { EntityManager } from '@mikro-orm/postgresql';
import { Tag, tagNameKey } from './tag.entity.js';

/**
 * The tags of these names, made where they are missing, each once and in no particular order.
 * Names are inserted in the order of their keys: two transactions that make the same ones wait for each other, never in a circle.
 */
export async function findOrCreateTags(em: EntityManager, names: readonly string[]): Promise<Map<string, Tag>> {
  const spellings = new Map<string, string>();
  for (const name of names) if (!spellings.has(tagNameKey(name))) spellings.set(tagNameKey(name), name);
  const known = await findTags(em, [...spellings.keys()]);
  const missing = [...spellings].filter(([key]) => !known.has(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  if (missing.length === 0) return known;
  const values = missing.map(() => '(?, ?)').join(', ');
  await em.execute(`insert into tag (name_key, name) values ${values} on conflict (name_key) do nothing`, missing.flat());
  return findTags(em, [...spellings.keys()]);
}

async function findTags(em: EntityManager, keys: string[]): Promise<Map<string, Tag>> {
  if (keys.length === 0) return new Map();
  const tags = await em.find(Tag, { nameKey: { $in: keys } });
  return new Map(tags.map((tag) => [tag.nameKey, tag]));
}

/** The tags of these names, for a dry run: a missing one is made up, with an id below 1. */
export async function findOrMakeUpTags(em: EntityManager, names: readonly string[]): Promise<Map<string, Tag>> {
  const tags = await findTags(em, [...new Set(names.map(tagNameKey))]);
  for (const name of names) {
    const nameKey = tagNameKey(name);
    if (!tags.has(nameKey)) tags.set(nameKey, Object.assign(new Tag(), { id: -1 - tags.size, name, nameKey }));
  }
  return tags;
}
