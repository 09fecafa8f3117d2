import { foldCase } from '#app/contracts';
import type { StatementRunner } from '#app/postgres';
import { uniqueNameDefect } from '../wire/identifiers.js';
import type { FieldErrors } from '../wire/validation.error.js';
import { findTags } from './tags.js';

/** Whether any of these names could be of no new tag. */
export const needsKnownTags = (names: readonly string[] = []): boolean =>
  names.some((name) => uniqueNameDefect(name) !== undefined);

/** What keeps new tags of these names from being made, by the request's field. A tag that exists is taken, whatever its name. */
export async function newTagErrors(runner: StatementRunner, names: readonly string[] = []): Promise<FieldErrors> {
  if (!needsKnownTags(names)) return {};
  const known = await findTags(runner, [...new Set(names.map(foldCase))]);
  return Object.fromEntries(
    names.flatMap((name, index) => {
      const defect = known.has(foldCase(name)) ? undefined : uniqueNameDefect(name);
      return defect === undefined ? [] : [[`tags.${index}`, [defect]]];
    }),
  );
}
