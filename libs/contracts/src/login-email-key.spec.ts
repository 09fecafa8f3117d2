import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasRegistrableDomain, loginEmailKey } from './login-email-key.js';

describe('loginEmailKey', () => {
  it.each([
    ['case', 'Ann@Example.COM', 'ann@example.com'],
    ['composed and decomposed letters', 'Ame\u0301lie@x.io', 'am\u00e9lie@x.io'],
    ['an internationalised domain and its ASCII form', 'a@M\u00fcnchen.de', 'a@xn--mnchen-3ya.de'],
    ['the Kelvin sign and a k', '\u212aai@x.io', 'kai@x.io'],
    ['a dotted capital I and its lower case', '\u0130stanbul@x.io', 'i\u0307stanbul@x.io'],
    ['a capital sharp s and a small one', 'STRA\u1e9eE@x.io', 'stra\u00dfe@x.io'],
    ['letters of full width in the domain', 'a@\uff58.\uff29\uff2f', 'a@x.io'],
    ['white space around', '  a@x.io ', 'a@x.io'],
  ])('for %s / is the same', (_, one, other) => {
    expect(loginEmailKey(one)).toBe(loginEmailKey(other));
  });

  it('when local parts differ / differs', () => {
    expect(loginEmailKey('stra\u00dfe@x.io')).not.toBe(loginEmailKey('strasse@x.io'));
    expect(loginEmailKey('a.b@x.io')).not.toBe(loginEmailKey('ab@x.io'));
  });

  it.each([
    ['a dotless i', 'kai@x.io', 'ka\u0131@x.io'],
    ['a dotted capital I', 'istanbul@x.io', '\u0130stanbul@x.io'],
    ['a Cyrillic a', 'anna@x.io', '\u0430nna@x.io'],
    ['a letter of full width', 'anna@x.io', '\uff41nna@x.io'],
  ])('when a letter is a look-alike / differs: %s', (_, one, other) => {
    expect(loginEmailKey(one)).not.toBe(loginEmailKey(other));
  });

  it.each(['a@x.io/y', 'a@x.io?y', 'a@x.io#y', 'a@x.io\\y', 'a@%78.io', 'a@x.\tio'])(
    'when a domain has a character that only a URL takes / differs from the domain in it: %j',
    (email) => {
      expect(loginEmailKey(email)).toBe(email);
    },
  );

  it('when texts differ only in Unicode form and case / is the same, with the text in lower case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (local) => {
        const key = loginEmailKey(`${local}@x.io`);
        const spellings = [local.normalize('NFD'), local.normalize('NFC'), local.toLowerCase()];
        for (const spelling of spellings) expect(loginEmailKey(`${spelling}@X.io`)).toBe(key);
      }),
      { numRuns: 2_000 },
    );
  });

  it('when the input is a key / returns it unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (local, domain) => {
        const key = loginEmailKey(`${local}@${domain}`);
        expect(loginEmailKey(key)).toBe(key);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('hasRegistrableDomain', () => {
  it('when a domain has no ASCII form / returns false', () => {
    expect(hasRegistrableDomain('a@xn--i\u00f1valid.com')).toBe(false);
    expect(hasRegistrableDomain('a@x.io/y')).toBe(false);
    expect(hasRegistrableDomain('a@x.io')).toBe(true);
  });
});
