import { describe, expect, it } from '@jest/globals';
import { CompanyTagNotFound } from '../company.errors.js';
import { additionErrors, tagNamesAfter } from './tag-change.js';

const many = (count: number) => Array.from({ length: count }, (_, index) => `tag ${index}`);

describe('tagNamesAfter', () => {
  it('when tags are added / the others stay', () => {
    expect(tagNamesAfter({ kind: 'add', names: ['b', 'c'] }, ['a', 'b'])).toEqual(['a', 'b', 'b', 'c']);
  });

  it('when tags are replaced / no other stays', () => {
    expect(tagNamesAfter({ kind: 'replace', names: ['b'] }, ['a'])).toEqual(['b']);
  });

  it.each(['CAFÉ', 'cafe\u0301', ' Café '])('when %s is removed / Café is removed', (name) => {
    expect(tagNamesAfter({ kind: 'remove', name }, ['a', 'Café'])).toEqual(['a']);
  });

  it.each(['', 'b', '\u0000', '\ud800', 'a'.repeat(3_000)])('when a missing tag is removed / is refused: %j', (name) => {
    expect(() => tagNamesAfter({ kind: 'remove', name }, ['a'])).toThrow(CompanyTagNotFound);
  });
});

describe('additionErrors', () => {
  const errorsOf = (names: string[], current: number) => additionErrors(tagNamesAfter({ kind: 'add', names }, many(current)));
  const TOO_MANY = { tags: ['must leave the company with at most 100 tags'] };

  it('when a name is added in several spellings / it counts once', () => {
    expect(errorsOf(['TAG 5', 'Tag 7'], 100)).toEqual({});
    expect([errorsOf(['new'], 99), errorsOf(['new'], 100)]).toEqual([{}, TOO_MANY]);
  });

  it('when a malformed name has left a hole / it does not count', () => {
    const names = Object.assign(Array<string>(2), { 1: 'new' });
    expect([errorsOf(names, 99), errorsOf(names, 100)]).toEqual([{}, TOO_MANY]);
  });
});
