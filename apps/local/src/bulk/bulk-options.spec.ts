import { describe, expect, it } from '@jest/globals';
import { seedCommand, type BulkOptions } from './bulk-options.js';

const read = (args: string[]): BulkOptions =>
  seedCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parse(args, { from: 'user' })
    .opts<BulkOptions>();

describe('the options of npm run seed', () => {
  it.each([
    [['--contacts', '1000000'], { contacts: 1_000_000, add: false }],
    [['--contacts', '1,000,000', '--add'], { contacts: 1_000_000, add: true }],
  ])('when they are %j / are read', (args, expected) => {
    expect(read(args)).toEqual(expected);
  });

  it.each([[[]], [['--contacts', '0']], [['--contacts', '1e9']], [['--contacts', 'many']], [['--contacts']], [['--nonsense']]])(
    'when they are %j / are refused',
    (args) => {
      expect(() => read(args)).toThrow(/^error/);
    },
  );
});
