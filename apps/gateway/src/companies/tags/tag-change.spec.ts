import { describe, expect, it } from '@jest/globals';
import { ValidationFailed } from '../../wire/validation.error.js';
import { CompanyTagNotFound } from '../company.errors.js';
import { tagNamesAfter } from './tag-change.js';

const many = (count: number) => Array.from({ length: count }, (_, index) => `tag ${index}`);

describe('tagNamesAfter', () => {
  it('when tags are added / the others stay', () => {
    expect(tagNamesAfter({ kind: 'add', names: ['b', 'c'] }, ['a', 'b'])).toEqual(['a', 'b', 'b', 'c']);
  });

  it('when tags are replaced / no other stays', () => {
    expect(tagNamesAfter({ kind: 'replace', names: ['b'] }, ['a'])).toEqual(['b']);
  });

  it('when a name is added in several spellings / it counts once', () => {
    expect(() => tagNamesAfter({ kind: 'add', names: ['TAG 5', 'Tag 7'] }, many(100))).not.toThrow();
    expect(() => tagNamesAfter({ kind: 'add', names: ['new'] }, many(99))).not.toThrow();
    expect(() => tagNamesAfter({ kind: 'add', names: ['new'] }, many(100))).toThrow(ValidationFailed);
  });

  it.each(['CAFÉ', 'cafe\u0301', ' Café '])('when %s is removed / Café is removed', (name) => {
    expect(tagNamesAfter({ kind: 'remove', name }, ['a', 'Café'])).toEqual(['a']);
  });

  it.each(['', 'b', '\u0000', '\ud800', 'a'.repeat(3_000)])('when a missing tag is removed / is refused: %j', (name) => {
    expect(() => tagNamesAfter({ kind: 'remove', name }, ['a'])).toThrow(CompanyTagNotFound);
  });
});
