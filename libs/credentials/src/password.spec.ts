import { describe, expect, it, jest } from '@jest/globals';
import { normalizePassword, passwordDefect } from './password.js';

describe('passwordDefect', () => {
  it.each([
    ['7 characters', 'a'.repeat(7), /at least 8/],
    ['256 characters', 'a'.repeat(256), /at most 255/],
    ['7 characters that are 14 code units', '😀'.repeat(7), /at least 8/],
    ['8 that normalise to 4', 'e\u0301'.repeat(4), /at least 8/],
    ['a line break', 'long enough\n', /control/],
    ['a NUL', 'long enough\0', /control/],
    ['a lone surrogate', 'long enough\ud800', /well-formed/],
    ['a mark too many', `${'\u1f82'.repeat(255)}x`.normalize('NFD'), /at most 255/],
  ])('when a password has %s / refuses it', (_, password, reason) => {
    expect(passwordDefect(password)).toMatch(reason);
  });

  it.each([
    ['8 characters', 'a'.repeat(8)],
    ['255 emoji', '😀'.repeat(255)],
    ['blanks around', '  spaced  '],
    ['255 characters spelled by four marks each', '\u1f82'.repeat(255).normalize('NFD')],
  ])('when a password has %s / accepts it', (_, password) => {
    expect(passwordDefect(password)).toBeNull();
  });
});

it('when a password is a megabyte of combining marks / refuses it by its length, without normalising it', () => {
  const marks = `a${'\u0301\u0323'.repeat(250_000)}`;
  const normalize = jest.spyOn(String.prototype, 'normalize');
  expect(passwordDefect(marks)).toMatch(/at most 255/);
  expect(normalize).not.toHaveBeenCalled();
  normalize.mockRestore();
});

describe('normalizePassword', () => {
  it('when a password has two Unicode forms / gives one password, and trims nothing', () => {
    expect(normalizePassword(' Ame\u0301lie ')).toBe(' Am\u00e9lie ');
  });
});
