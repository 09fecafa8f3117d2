import { describe, expect, it } from '@jest/globals';
import { ValidateNested, validateSync, type ValidationError } from 'class-validator';
import fc from 'fast-check';
import { ContactBodyDto } from '../contacts/contact.fields.js';
import { checkDto } from './checks.js';

type Errors = Record<string, string[]>;

/** The errors that class-validator finds, by path. */
function collect(found: readonly ValidationError[], parent: string, errors: Errors): Errors {
  for (const { property, constraints = {}, children = [] } of found) {
    const path = property === 'item' ? parent : [parent, property].filter(Boolean).join('.');
    const messages = Object.entries(constraints).flatMap(([name, text]) => (name === 'nestedValidation' ? [] : [text]));
    if (messages.length > 0) (errors[path] ??= []).push(...messages);
    collect(children, path, errors);
  }
  return errors;
}

const values = fc.oneof(
  fc.string(),
  fc.constantFrom<unknown>('a@b.example', 'x', '12', 'true', '', null, true, 0, 1, 7.5, '\u0000', 'a'.repeat(300), '\ud800'),
  fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant(null)), { maxLength: 4 }),
  fc.constantFrom<unknown>(Array(101).fill('a'), [1, 1], [{ name: 'a' }]),
);
const bodies = fc.dictionary(fc.constantFrom(...Object.keys(ContactBodyDto.fields)), values);

describe('the errors of a body', () => {
  it('when its values are any / are those that class-validator finds by the same rules', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const dto = new ContactBodyDto() as Record<string, unknown>;
        for (const [name, value] of Object.entries(body)) dto[name] = ContactBodyDto.fields[name]!(value);
        const errors: Errors = {};
        checkDto(dto, '', errors);
        expect(errors).toEqual(collect(validateSync(dto), '', {}));
        expect(Object.keys(errors)).toEqual(Object.keys(collect(validateSync(dto), '', {})));
      }),
    );
  });
});

describe('the items of a list', () => {
  class ListDto {
    @ValidateNested({ each: true })
    list: unknown[] = [];
  }

  it('when they are objects of a body / nothing is read from them', () => {
    const read: unknown[] = [];
    const item = new Proxy({}, { get: (_, name) => read.push(name) });
    const errors: Errors = {};
    checkDto(Object.assign(new ListDto(), { list: [item] }), '', errors);
    expect([errors, read]).toEqual([{}, []]);
  });
});
