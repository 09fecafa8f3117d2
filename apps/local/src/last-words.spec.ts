import { expect, it } from '@jest/globals';
import { lastWords } from './last-words.js';

it('of JSON lines, only what they say is shown', () => {
  const log = [
    { level: 'info', msg: 'Migrating.' },
    { level: 'fatal', msg: 'No start.', err: { message: 'Connection refused', stack: '…' } },
  ];
  expect(lastWords(log.map((line) => JSON.stringify(line)).join('\n'))).toBe('\nMigrating.\nNo start.: Connection refused');
});

it('other lines are shown as they are, the last five of them', () => {
  expect(lastWords('1\n2\n3\n4\n5\n6\n{"a":1}\n')).toBe('\n3\n4\n5\n6\n{"a":1}');
});

it('a log that says nothing adds nothing', () => {
  expect(lastWords('\n')).toBe('');
});
