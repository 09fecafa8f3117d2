import { describe, expect, it } from '@jest/globals';
import { readAuditPage } from './list-audit.dto.js';

function errorsOf(query: Record<string, string>): unknown {
  try {
    return readAuditPage(query);
  } catch (error) {
    return (error as { errors: unknown }).errors;
  }
}

describe('the page of the audit', () => {
  it.each([
    ['page', '0', 'must be a whole number, 1 or more'],
    ['page', 'two', 'must be a whole number, 1 or more'],
    ['page', '90071992547410', 'must be at most 90071992547409'],
    ['page', '9'.repeat(30), 'must be at most 90071992547409'],
    ['per_page', '101', 'must be a whole number from 1 to 100'],
    ['limit', '0', 'must be a whole number from 1 to 100'],
  ])('when %s is %s / the error is: %s', (name, value, text) => {
    expect(errorsOf({ [name]: value })).toEqual({ [name]: [text] });
  });

  it('when it is the last one that can be / is taken', () => {
    expect(errorsOf({ page: '90071992547409' })).toMatchObject({ page: 90_071_992_547_409 });
  });
});
