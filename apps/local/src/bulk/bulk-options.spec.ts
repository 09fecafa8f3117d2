import { describe, expect, it } from '@jest/globals';
import { InvalidOption, readBulkOptions } from './bulk-options.js';

describe('the options of the seed command', () => {
  it.each([
    [['--contacts', '1000000'], { help: false, contacts: 1_000_000, add: false }],
    [['--contacts', '1,000,000', '--add'], { help: false, contacts: 1_000_000, add: true }],
    [['--help'], { help: true, contacts: 0, add: false }],
  ])('%j', (args, expected) => {
    expect(readBulkOptions(args)).toEqual(expected);
  });

  it.each([[[]], [['--contacts', '0']], [['--contacts', '1e9']], [['--contacts', 'many']], [['--contacts']], [['--nonsense']]])(
    '%j is refused',
    (args) => {
      expect(() => readBulkOptions(args)).toThrow(InvalidOption);
    },
  );
});
