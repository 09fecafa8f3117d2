import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { encodeEvent, EVENT_EXAMPLES, UnreadableEvent, type ReceivedRecord } from '@contact-sync/contracts';
import fc from 'fast-check';
import { MailingList, type Member } from './mailing-list.js';

const recorded = JSON.parse(readFileSync('samples/recorded.json', 'utf8')) as (ReceivedRecord & { topic: string; key: string })[];
/** What the recorded changes led to. */
const MEMBERS = {
  1: { name: 'Ann Lee', email: 'ann.lee@acme.example' },
  4: { name: 'Dora', email: 'dora@acme.example' },
};
type Read = (records: readonly ReceivedRecord[]) => Record<string, Member>;

const inTypeScript: Read = (records) => {
  const list = new MailingList();
  for (const record of records) list.apply(record);
  return Object.fromEntries(list.members);
};

const runPython = (records: readonly ReceivedRecord[]) =>
  spawnSync('python3', ['samples/mailing_list.py'], {
    input: records.map((record) => JSON.stringify(record)).join('\n'),
    encoding: 'utf8',
    env: { ...process.env, PYTHONUTF8: '1' },
  });
const inPython: Read = (records) => {
  const { status, stdout, stderr } = runPython(records);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, Member>;
};
// Nothing here needs Python: where there is none, jest names these tests as skipped.
const hasPython = spawnSync('python3', ['--version']).status === 0;
const unknown = {
  ...encodeEvent(EVENT_EXAMPLES.ContactDeleted),
  headers: { ce_specversion: '1.0', ce_type: 'contact-sync.New.v1' },
};

describe.each([
  ['TypeScript', inTypeScript, true],
  ['Python', inPython, hasPython],
] as const)('the mailing list in %s', (_language, read, isThere) => {
  const test = isThere ? it : it.skip;

  test('holds everyone with an email, and nobody who was deleted', () => {
    expect(read(recorded)).toEqual(MEMBERS);
  });

  test('when everything comes once more / stays the same', () => {
    expect(read([...recorded, ...recorded])).toEqual(MEMBERS);
  });

  test('when older versions come after newer ones / stays the same', () => {
    expect(read([...recorded, ...recorded.toReversed()])).toEqual(MEMBERS);
  });

  test('when an event is unknown / skips it', () => {
    expect(read([unknown, ...recorded])).toEqual(MEMBERS);
  });
});

it('however the keys are mixed and repeated / the list ends the same', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(recorded.length - 1), { maxLength: 60 }), (picks) => {
      expect(inTypeScript([...picks.map((pick) => recorded[pick]!), ...recorded])).toEqual(MEMBERS);
    }),
  );
});

it('a contact that is seeded wins over older events, and loses against newer ones', () => {
  const { contact } = EVENT_EXAMPLES.ContactUpdated.data;
  const list = new MailingList();
  list.seed({ ...contact, version: 7, email: 'seed@acme.example' });
  list.apply(encodeEvent(EVENT_EXAMPLES.ContactCreated));
  expect(list.members.get(123)?.email).toBe('seed@acme.example');
  list.apply(encodeEvent(EVENT_EXAMPLES.ContactDeleted));
  list.seed(contact);
  expect([...list.members]).toEqual([]);
});

const foreignKey = { ...encodeEvent(EVENT_EXAMPLES.ContactUpdated), key: '124' };

it('a record under the key of another contact / is refused in TypeScript', () => {
  expect(() => inTypeScript([foreignKey])).toThrow(UnreadableEvent);
});

(hasPython ? it : it.skip)('a record under the key of another contact / is refused in Python', () => {
  const { status, stderr } = runPython([foreignKey]);
  expect([status, stderr]).toEqual([1, expect.stringContaining('UnreadableEvent: key: must be the contact id')]);
});
