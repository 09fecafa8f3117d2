import { describe, expect, it } from '@jest/globals';
import { commonPasswords, WeakPasswords } from './weak-passwords.js';

const strict = new WeakPasswords(await commonPasswords());
const REFUSED = { password: ['is too easily guessed'] };

describe('when weak passwords are refused', () => {
  it.each(['password', '12345678', 'Sunshine', 'TRUSTNO1', 'qwertyuiop'])(
    'and the password is the common %s / it is refused',
    (password) => {
      expect(strict.errorsOf({ password }, 'ann@example.com')).toEqual(REFUSED);
    },
  );

  it.each([
    ['the own email', 'ann.smith@example.com'],
    ['it in another case', 'Ann.Smith@Example.com'],
    ['what is before its @', 'ann.smith'],
  ])('and the password is %s / it is refused', (_, password) => {
    expect(strict.errorsOf({ password }, 'ann.smith@example.com')).toEqual(REFUSED);
  });

  it.each([
    ['a passphrase', 'correct horse battery'],
    ['a common one with something to it', 'sunshine over 7 hills'],
    ["another one's email", 'bob.miller@example.com'],
  ])('and the password is %s / it is accepted', (_, password) => {
    expect(strict.errorsOf({ password }, 'ann.smith@example.com')).toEqual({});
  });

  it('and there is no password, or no email / there is no error', () => {
    expect(strict.errorsOf({ firstName: 'Ann' }, 'ann@example.com')).toEqual({});
    expect(strict.errorsOf({ password: 'a fine password' }, null)).toEqual({});
  });
});

it('when weak passwords are allowed / none is refused', () => {
  expect(new WeakPasswords(null).errorsOf({ password: 'password' }, 'password@example.com')).toEqual({});
});
