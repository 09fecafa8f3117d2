import { describe, expect, it } from '@jest/globals';
import { CONTACT_FIELDS, DERIVED_CONTACT_FIELDS, type ContactField } from '#app/contracts';
import { namesOfKind } from '../wire/fields.js';
import { CONTACT_BODY_FIELDS } from './contact.fields.js';
import { CONTACT_LIST_FIELDS } from './list/contact-list.fields.js';

/** Fields that no request sets. */
const GIVEN_BY_THE_GATEWAY: ContactField[] = ['id', 'version', 'created_at', 'updated_at', 'status', 'has_portal_login'];
const TEXTS = namesOfKind(CONTACT_BODY_FIELDS, 'text');

describe('the table of fields', () => {
  it('when the contract has a field of its own that callers set / the table has a row for it', () => {
    const settable = CONTACT_FIELDS.filter((name) => !DERIVED_CONTACT_FIELDS.has(name) && !GIVEN_BY_THE_GATEWAY.includes(name));
    expect(settable.filter((name) => name !== 'companies' && !Object.hasOwn(CONTACT_BODY_FIELDS, name))).toEqual([]);
  });

  it('when the table has a text / the contract shows it', () => {
    expect(TEXTS.filter((name) => !CONTACT_FIELDS.includes(name))).toEqual([]);
  });

  it('when answers show a scalar / lists filter by it', () => {
    const collections: ContactField[] = ['company', 'companies'];
    const scalars = CONTACT_FIELDS.filter((name) => !collections.includes(name));
    expect(scalars.filter((name) => !CONTACT_LIST_FIELDS.has(name))).toEqual([]);
  });
});
