import { describe, expect, it } from '@jest/globals';
import { dtoOf, flag, namesOfKind, propertyOf, readBody, reference, requiredText, text } from './fields.js';

const FIELDS = {
  address_line_2: text({ example: 'Suite 5', maxLength: 5 }),
  name: requiredText({ example: 'Acme' }),
  is_open: flag(),
  owner_id: reference({ description: 'Who owns it.' }),
};
const read = (body: Record<string, unknown>, strict = false) => readBody(dtoOf(FIELDS, ['id']), body, { strict, errors: {} });

describe('propertyOf', () => {
  it.each([
    ['name', 'name'],
    ['phone_1', 'phone1'],
    ['receive_quotation_pdf', 'receiveQuotationPdf'],
  ])('when the wire says %s / the domain says %s', (name, property) => {
    expect(propertyOf(name)).toBe(property);
  });
});

describe('readBody', () => {
  it('when values have the forms that callers send / the patch has them in the form of the domain', () => {
    expect(read({ address_line_2: ' ', name: ' A ', is_open: '1', owner_id: ' 7 ' })).toEqual({
      patch: { addressLine2: null, name: 'A', isOpen: true, ownerId: 7 },
      errors: {},
    });
  });

  it('when a field is absent / the patch lacks it', () => {
    expect(Object.keys(read({ name: 'A' }).patch)).toEqual(['name']);
  });

  it('when a field breaks its rules / it is named in the errors and the patch lacks it', () => {
    const { patch, errors } = read({ address_line_2: 'longer', name: null, is_open: 2, owner_id: 'x' });
    expect(patch).toEqual({});
    expect(errors).toEqual({
      address_line_2: ['must be at most 5 characters'],
      name: ['must not be empty'],
      is_open: ['must be true or false'],
      owner_id: ['must be an integer'],
    });
  });

  it('when the request is strict / an unknown field is an error, and a read-only one is not', () => {
    expect(read({ id: 1, nonsense: 1 }, true).errors).toEqual({ nonsense: ['is not a known field'] });
  });
});

describe('namesOfKind', () => {
  it('when asked for one kind / names its fields in the order of the table', () => {
    expect(namesOfKind(FIELDS, 'text')).toEqual(['address_line_2', 'name']);
  });
});
