import type { FieldErrors } from '../../wire/validation.error.js';
import { booleanRule } from '../../wire/rules.js';
import { boolean } from '../../wire/values.js';

/** Reads `descendants` of the query: whether the tokens that the token made end with it. */
export function readDescendants(query: Record<string, unknown>): { withDescendants: boolean; errors: FieldErrors } {
  const value = query['descendants'] === undefined ? false : boolean(query['descendants']);
  const defect = booleanRule(value, {});
  return { withDescendants: value === true, errors: defect === null ? {} : { descendants: [defect] } };
}
