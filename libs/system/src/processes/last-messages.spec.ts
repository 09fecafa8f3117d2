import { expect, it } from '@jest/globals';
import { lastMessages } from './last-messages.js';

it('when the log has JSON lines / shows their messages alone', () => {
  const log = [
    { level: 'info', msg: 'Migrating.' },
    { level: 'fatal', msg: 'No start.', err: { message: 'Connection refused', stack: '…' } },
  ];
  expect(lastMessages(log.map((line) => JSON.stringify(line)).join('\n'))).toBe('\nMigrating.\nNo start.: Connection refused');
});

it('when the log has other lines / shows the last five as they are', () => {
  expect(lastMessages('1\n2\n3\n4\n5\n6\n{"a":1}\n')).toBe('\n3\n4\n5\n6\n{"a":1}');
});

it('when the log is empty / shows nothing', () => {
  expect(lastMessages('\n')).toBe('');
});
