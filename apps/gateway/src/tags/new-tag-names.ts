import { foldCase } from '#app/contracts';
import type { StatementRunner } from '#app/postgres';
import { uniqueNameDefect } from '../wire/identifiers.js';
import type { FieldErrors } from '../wire/validation.error.js';
import { findTags } from './tags.js';

/** Whether one of these names is invalid for a new tag. */
export const needsKnownTags = (names: readonly string[] = []): boolean =>
  names.some((name) => uniqueNameDefect(name) !== undefined);

/** Errors of names for new tags, by the request's field. An existing tag may have any name. */
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
