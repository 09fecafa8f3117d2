import { describe, expect, it } from '@jest/globals';
import { ValidationFailed } from '../../wire/validation.error.js';
import { CompanyTagNotFound } from '../company.errors.js';
import { tagNamesAfter } from './tag-change.js';

const many = (count: number) => Array.from({ length: count }, (_, index) => `tag ${index}`);

describe('tagNamesAfter', () => {
  it('an addition keeps what is there', () => {
    expect(tagNamesAfter({ kind: 'add', names: ['b', 'c'] }, ['a', 'b'])).toEqual(['a', 'b', 'b', 'c']);
  });

  it('a replacement keeps nothing', () => {
    expect(tagNamesAfter({ kind: 'replace', names: ['b'] }, ['a'])).toEqual(['b']);
  });

  it('an addition counts a name once, however it is spelled', () => {
    expect(() => tagNamesAfter({ kind: 'add', names: ['TAG 5', 'Tag 7'] }, many(100))).not.toThrow();
    expect(() => tagNamesAfter({ kind: 'add', names: ['new'] }, many(99))).not.toThrow();
    expect(() => tagNamesAfter({ kind: 'add', names: ['new'] }, many(100))).toThrow(ValidationFailed);
  });

  it.each(['CAFÉ', 'cafe\u0301', ' Café '])('a removal finds Café as %s', (name) => {
    expect(tagNamesAfter({ kind: 'remove', name }, ['a', 'Café'])).toEqual(['a']);
  });

  it.each(['', 'b', '\u0000', '\ud800', 'a'.repeat(3_000)])('a removal refuses what is not there: %j', (name) => {
    expect(() => tagNamesAfter({ kind: 'remove', name }, ['a'])).toThrow(CompanyTagNotFound);
  });
});
