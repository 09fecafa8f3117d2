import { MAX_COMPANY_TAGS } from '../company.patch.js';
import { CompanyTagNotFound } from '../company.errors.js';
import { ValidationFailed } from '../../wire/validation.error.js';
import { foldCase } from '#app/contracts';

/** A request's change of a company's tags, by name. */
export type TagChange = { kind: 'add' | 'replace'; names: readonly string[] } | { kind: 'remove'; name: string };

/**
 * The names of the tags that a company has after a change.
 * @throws {ValidationFailed} if there are too many @throws {CompanyTagNotFound}
 */
export function tagNamesAfter(change: TagChange, current: readonly string[]): readonly string[] {
  if (change.kind === 'replace') return change.names;
  if (change.kind === 'remove') return without(current, change.name);
  const names = [...current, ...change.names];
  // A body with more could not be sent back.
  if (new Set(names.map(foldCase)).size <= MAX_COMPANY_TAGS) return names;
  throw new ValidationFailed({ tags: [`must leave the company with at most ${MAX_COMPANY_TAGS} tags`] });
}

function without(current: readonly string[], name: string): string[] {
  const key = foldCase(name.trim());
  const others = current.filter((known) => foldCase(known) !== key);
  if (others.length === current.length) throw new CompanyTagNotFound();
  return others;
}
