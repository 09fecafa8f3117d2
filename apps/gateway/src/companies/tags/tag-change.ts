import { MAX_COMPANY_TAGS } from '../company.patch.js';
import { CompanyTagNotFound } from '../company.errors.js';
import type { FieldErrors } from '../../wire/validation.error.js';
import { foldCase } from '#app/contracts';

/** A request's change of a company's tags, by name. */
export type TagChange = { kind: 'add' | 'replace'; names: readonly string[] } | { kind: 'remove'; name: string };

/**
 * The names of the tags that a company has after a change.
 * @throws {CompanyTagNotFound}
 */
export function tagNamesAfter(change: TagChange, current: readonly string[]): readonly string[] {
  if (change.kind === 'remove') return without(current, change.name);
  return change.kind === 'replace' ? change.names : current.concat(change.names);
}

/** Errors of an addition that leaves a company with these names. Malformed ones, which are holes, do not count. */
export function additionErrors(names: readonly string[]): FieldErrors {
  // A body with more could not be sent back.
  if (new Set(names.flatMap((name) => foldCase(name))).size <= MAX_COMPANY_TAGS) return {};
  return { tags: [`must leave the company with at most ${MAX_COMPANY_TAGS} tags`] };
}

function without(current: readonly string[], name: string): string[] {
  const key = foldCase(name.trim());
  const others = current.filter((known) => foldCase(known) !== key);
  if (others.length === current.length) throw new CompanyTagNotFound();
  return others;
}
