import { describe, expect, it } from '@jest/globals';
import { table } from './table.js';

describe('a table', () => {
  it('when cells differ in length / aligns the columns, without spaces at the ends of lines', () => {
    expect(
      table([
        ['A', 'LONG'],
        ['wide', 'x'],
        ['b', ''],
      ]),
    ).toBe('A     LONG\nwide  x\nb');
  });

  it('when it has very many rows / is made all the same', () => {
    const rows = Array.from({ length: 300_000 }, (_, index) => [String(index), 'x']);
    expect(
      table([['NUMBER', 'X'], ...rows])
        .split('\n')
        .at(-1),
    ).toBe('299999  x');
  });
});
