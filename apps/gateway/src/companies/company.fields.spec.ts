import { describe, expect, it } from '@jest/globals';
import { COMPANY_BODY_FIELDS } from './company.fields.js';
import { CompanySchema } from './company.response.js';
import { COMPANY_LIST_FIELDS } from './list/company-list.fields.js';

const GIVEN_BY_THE_GATEWAY = ['id', 'version', 'status', 'full_address', 'created_at', 'updated_at'];
const ANSWERED = Object.keys(CompanySchema.properties);

describe('the table of company fields', () => {
  it('when answers show a field that callers set / the table has a row for it', () => {
    const settable = ANSWERED.filter((name) => !GIVEN_BY_THE_GATEWAY.includes(name));
    expect(settable.filter((name) => !Object.hasOwn(COMPANY_BODY_FIELDS, name))).toEqual([]);
  });

  it('when the table has a row / answers show it', () => {
    expect(Object.keys(COMPANY_BODY_FIELDS).filter((name) => !ANSWERED.includes(name))).toEqual([]);
  });

  it('when answers show a field / lists filter by it', () => {
    expect(ANSWERED.filter((name) => !COMPANY_LIST_FIELDS.has(name))).toEqual([]);
  });
});
