import { describe, expect, it } from '@jest/globals';
import { byTagName, changedContactFields, deriveContact } from './contact.derivation.js';
import { EXAMPLE_CONTACT } from './contact.example.js';
import { CONTACT_FIELDS } from './contact.schema.js';

const derived = (fields: Partial<typeof EXAMPLE_CONTACT>) => deriveContact({ ...EXAMPLE_CONTACT, ...fields });

describe('deriveContact', () => {
  it('when derived fields are wrong / replaces them by the values that follow from the others', () => {
    expect(derived({ full_name: 'x', phone: 'x', company_id: 'x', company: null, is_primary: false })).toEqual(EXAMPLE_CONTACT);
  });

  it('when a contact is made / its fields stand in the order of the contract', () => {
    expect(Object.keys(derived({}))).toEqual(CONTACT_FIELDS);
  });

  it.each([
    ['both names are there', { first_name: 'A', last_name: 'B' }, 'A B'],
    ['the last name is missing', { first_name: 'A', last_name: null }, 'A'],
    ['both are missing', { first_name: null, last_name: null }, null],
  ])('when %s / full_name follows', (_, names, fullName) => {
    expect(derived(names).full_name).toBe(fullName);
  });

  it('when there is no company / its fields are null and its flags false', () => {
    expect(derived({ companies: [] })).toMatchObject({ company_id: null, company: null, is_primary: false });
  });
});

describe('changedContactFields', () => {
  it('when values differ / names them in the order of the contract, version and updated_at never', () => {
    const after = derived({ version: 8, updated_at: 'later', phone_1: '1', tags: [] });
    expect(changedContactFields(EXAMPLE_CONTACT, after)).toEqual(['phone', 'phone_1', 'tags']);
  });
});

describe('byTagName', () => {
  it('when names differ in case or Unicode form alone / the id decides', () => {
    const tag = (id: number, name: string) => ({ id, name, description: null, icon: null, color: null });
    const sorted = [tag(3, 'E\u0301'), tag(2, 'z'), tag(1, '\u00e9')].sort(byTagName);
    expect(sorted.map(({ id }) => id)).toEqual([2, 1, 3]);
  });
});
