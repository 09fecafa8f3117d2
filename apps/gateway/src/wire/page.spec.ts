import { describe, expect, it } from '@jest/globals';
import { MAX_PAGE, readPage } from './page.js';

describe('the page of a list', () => {
  it.each([
    ['page', '0', 'must be a whole number, 1 or more'],
    ['page', '-1', 'must be a whole number, 1 or more'],
    ['page', 'two', 'must be a whole number, 1 or more'],
    ['page', '1.5', 'must be a whole number, 1 or more'],
    ['page', String(MAX_PAGE + 1), 'must be at most 90071992547409'],
    ['page', String(Number.MAX_SAFE_INTEGER), 'must be at most 90071992547409'],
    ['page', '9'.repeat(30), 'must be at most 90071992547409'],
    ['per_page', '0', 'must be a whole number from 1 to 100'],
    ['per_page', '101', 'must be a whole number from 1 to 100'],
    ['limit', 'all', 'must be a whole number from 1 to 100'],
  ])('when %s is %s / the error is: %s', (name, value, text) => {
    expect(readPage({ [name]: value }).errors).toEqual({ [name]: [text] });
  });
});
