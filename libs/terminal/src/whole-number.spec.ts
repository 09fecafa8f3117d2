import { describe, expect, it } from '@jest/globals';
import { wholeNumber } from './whole-number.js';

describe('wholeNumber', () => {
  it.each([
    ['0', 0],
    ['1000000', 1_000_000],
    ['1,000,000', 1_000_000],
    ['1_000', 1_000],
  ])('when the text is %s / reads %i', (text, expected) => {
    expect(wholeNumber(0)(text)).toBe(expected);
  });

  it.each(['', ' ', '1e3', '-1', '1.5', '0x10', 'many', '11'])(
    'when the text is "%s" / refuses it and names the range',
    (text) => {
      expect(() => wholeNumber(1, 10)(text)).toThrow('from 1 to 10');
    },
  );

  it('without a maximum / names the minimum alone', () => {
    expect(() => wholeNumber(1)('0')).toThrow('from 1 on');
  });
});
