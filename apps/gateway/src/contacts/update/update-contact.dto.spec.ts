import { describe, expect, it } from '@jest/globals';
import { CONTACT_FIELDS } from '#app/contracts';
import * as creation from '../create/create-contact.dto.js';
import * as update from './update-contact.dto.js';

const lenient = { strict: false, errors: {} };
const readContactPatch = (body: Record<string, unknown>) => update.readContactPatch(body, lenient);
const readNewContact = (body: Record<string, unknown>) => creation.readNewContact(body, lenient);

const errorsOf = (body: Record<string, unknown>) => readContactPatch(body).errors;

describe('readContactPatch', () => {
  it('when values are absent, null, empty or given / keeps them apart', () => {
    expect(readContactPatch({ last_name: null, phone_1: '  ', phone_2: ' 1 ' })).toEqual({
      patch: { lastName: null, phone1: null, phone2: '1' },
      errors: {},
    });
  });

  it('when integers and booleans come as numbers or text / reads every form', () => {
    const { patch, errors } = readContactPatch({
      company_id: ' 12 ',
      is_primary: '1',
      receive_quotation_pdf: 0,
      receive_purchase_order_pdf: 'false',
      receive_purchase_order_invoice_pdf: true,
    });
    expect(errors).toEqual({});
    expect(patch).toEqual({
      companyId: 12,
      isPrimary: true,
      receiveQuotationPdf: false,
      receivePurchaseOrderPdf: false,
      receivePurchaseOrderInvoicePdf: true,
    });
  });

  it('when tags are names or objects of an answer / takes both', () => {
    expect(readContactPatch({ tags: [' a ', { id: 4, name: 'b' }] }).patch).toEqual({ tags: ['a', 'b'] });
  });

  it('when a text has CRLF and tabs / has newlines and keeps tabs', () => {
    expect(readContactPatch({ receiving_bank_address: 'a\r\n\tb' }).patch).toEqual({ receivingBankAddress: 'a\n\tb' });
  });

  it('when names are unknown, or those of the prototype / ignores them', () => {
    const body = JSON.parse('{"id":"9","version":4,"__proto__":{"email":"x@x.io"},"constructor":1}') as Record<string, unknown>;
    expect(readContactPatch(body)).toEqual({ patch: {}, errors: {} });
  });

  it('when a password has blanks at its ends / leaves it as it is', () => {
    expect(readContactPatch({ password: '  spaced  ' }).patch).toEqual({ password: '  spaced  ' });
  });

  it.each([
    ['first_name', 5],
    ['first_name', 'a'.repeat(256)],
    ['first_name', 'a\u0000b'],
    ['first_name', 'a\u0007b'],
    ['last_name', 'a\ud800'],
    ['email', 'not an address'],
    ['email', `${'a'.repeat(250)}@x.io`],
    ['company_id', null],
    ['company_id', ''],
    ['company_id', 1.5],
    ['company_id', '1e3'],
    ['company_ids', []],
    ['company_ids', 'x'],
    ['company_ids', [1, 1]],
    ['company_ids', Array.from({ length: 101 }, (_, index) => index + 1)],
    ['is_primary', null],
    ['is_primary', 'yes'],
    ['is_primary', 2],
    ['tags', null],
    ['tags', 'sales'],
    ['tags', Array.from({ length: 101 }, (_, index) => `t${index}`)],
    ['password', null],
    ['password', 'short'],
    ['password', 12345678],
  ])('when %s is %j / the error names it', (field, value) => {
    const errors = errorsOf({ [field]: value });
    expect(Object.keys(errors)).toEqual([field]);
    expect(errors[field]).toHaveLength(1);
  });

  it.each([
    ['tags', ['ok', ''], 'tags.1'],
    ['tags', [{ name: 7 }], 'tags.0'],
    ['tags', ['a'.repeat(256)], 'tags.0'],
    ['company_ids', [1, 'x'], 'company_ids.1'],
  ])('when an item of %s fails / the error names it', (field, value, path) => {
    expect(Object.keys(errorsOf({ [field]: value }))).toEqual([path]);
  });

  it.each([
    [{ tags: ['ok', '', 'fine'] }, 'tags', { 0: 'ok', 2: 'fine' }],
    [{ company_ids: ['x', '4'] }, 'companyIds', { 1: 4 }],
    [{ company_ids: [4, '4', 'x'] }, 'companyIds', { 0: 4, 1: 4 }],
    [{ company_id: 3, company_ids: [4] }, 'companyIds', { 0: 4 }],
  ] as const)('when %j or an item of it fails / the patch has the other items at their places', (body, property, items) => {
    expect({ ...readContactPatch(body).patch[property] }).toEqual(items);
  });

  it.each(['tags', 'company_ids'])('when %s has 250,000 items / refuses the list by its length and reads no item', (field) => {
    const read: string[] = [];
    const list = new Proxy(Array(250_000).fill({}), {
      get: (items, name) => (read.push(String(name)), Reflect.get(items, name) as unknown),
    });
    expect(errorsOf({ [field]: list })).toEqual({ [field]: ['must have at most 100 items'] });
    expect(read.filter((name) => name !== 'length')).toEqual([]);
  });

  it('when a text has characters outside the BMP / counts its length in code points', () => {
    expect(errorsOf({ first_name: '😀'.repeat(255) })).toEqual({});
    expect(Object.keys(errorsOf({ first_name: `${'a'.repeat(255)}\ufe0f` }))).toEqual(['first_name']);
  });

  it('when several fields fail / reports each at once, and both ways to name companies as one', () => {
    expect(Object.keys(errorsOf({ first_name: 1, email: 'x', company_id: 1, company_ids: [2] })).sort()).toEqual([
      'company_ids',
      'email',
      'first_name',
    ]);
  });
});

describe('readNewContact', () => {
  it('when first name and company are missing / requires both', () => {
    expect(Object.keys(readNewContact({}).errors)).toEqual(['first_name', 'company_id']);
    expect(readNewContact({ first_name: 'A', company_ids: [1] }).errors).toEqual({});
  });

  it('when they are malformed / says what is wrong with them, and not that they are missing', () => {
    const integer = ['must be an integer'];
    expect(readNewContact({ first_name: 5, company_id: 'x' }).errors).toEqual({
      first_name: ['must be a string'],
      company_id: integer,
    });
    expect(readNewContact({ first_name: 'A', company_ids: ['x'] }).errors).toEqual({ 'company_ids.0': integer });
  });
});

describe('in strict mode', () => {
  const strict = { strict: true, errors: {} };

  it('and a field is unknown / refuses it, whatever it is called', () => {
    const body = JSON.parse('{"first_name":"A","nickname":"B","__proto__":{"a":1},"toString":1}') as Record<string, unknown>;
    const { errors } = update.readContactPatch(body, strict);
    expect(Object.keys(errors)).toEqual(['nickname', '__proto__', 'toString']);
  });

  it('and a whole contact is sent back / accepts it', () => {
    const body = Object.fromEntries(CONTACT_FIELDS.map((name) => [name, undefined]));
    expect(update.readContactPatch({ ...body, company_id: '5', tags: [{ id: 1, name: 'a' }] }, strict).errors).toEqual({});
  });
});
