import type { EntityManager } from '@mikro-orm/postgresql';
import { byTagName, type TagSnapshot } from '#app/contracts';
import { query, type StatementRunner } from '#app/postgres';
import { findOrCreateTags, findOrMakeUpTags } from '../../tags/tags.js';
import type { WriteUnit } from '../../writes/write-unit.js';

/** The sorted tags of companies, by company id; every requested id has an entry. */
export async function readCompanyTags(
  runner: StatementRunner,
  companyIds: readonly number[],
): Promise<Map<number, TagSnapshot[]>> {
  const tags = new Map(companyIds.map((id): [number, TagSnapshot[]] => [id, []]));
  const rows = await query<TagSnapshot & { id: string; company_id: string }>(
    runner,
    `select ct.company_id, t.id, t.name, t.description, t.icon, t.color
       from company_tag ct join tag t on t.id = ct.tag_id where ct.company_id = any($1::bigint[])`,
    [[...tags.keys()]],
  );
  for (const { company_id, id, ...rest } of rows) tags.get(Number(company_id))!.push({ id: Number(id), ...rest });
  for (const found of tags.values()) found.sort(byTagName);
  return tags;
}

/** The tags of one company, sorted. */
export const readTagsOf = async (em: EntityManager, companyId: number): Promise<TagSnapshot[]> =>
  (await readCompanyTags(em, [companyId])).get(companyId)!;

/** Replaces the tags of a locked company by these names; makes missing tags. @returns its tags, sorted */
export async function replaceCompanyTags(
  { em, dryRun }: WriteUnit,
  companyId: number,
  names: readonly string[],
): Promise<TagSnapshot[]> {
  const tags = [...(await (dryRun ? findOrMakeUpTags : findOrCreateTags)(em, names)).values()];
  if (!dryRun) await writeTags(em, companyId, tags);
  return tags.sort(byTagName);
}

async function writeTags(em: EntityManager, companyId: number, tags: readonly { id: number }[]): Promise<void> {
  await query(
    em,
    `with wanted as (select unnest($2::bigint[]) as tag_id),
       removed as (delete from company_tag where company_id = $1 and tag_id not in (select tag_id from wanted))
     insert into company_tag (company_id, tag_id) select $1, tag_id from wanted on conflict do nothing`,
    [companyId, tags.map(({ id }) => id)],
  );
}
