import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeEvent, UnreadableEvent, type ReceivedRecord } from '@contact-sync/contracts';
import {
  aContactCreated,
  aContactDeleted,
  aContactUpdated,
  given,
  keyOf,
  readRecordedFile,
  type HistoryRecord,
  type Replays,
  type Subscriber,
} from '@contact-sync/contracts/testing';
import { readHistory, readHistoryState } from '../test/recorded-history.js';
import { MailingList, type Member } from './mailing-list.js';

type Members = Record<string, Member>;

/** The list at the end of the recorded changes. */
const MEMBERS: Members = {
  1: { name: 'Ann Lee', email: 'ann.lee@acme.example' },
  4: { name: 'Dora', email: 'dora@acme.example' },
};

function inTypeScript(): Subscriber<Members> & Pick<Required<Subscriber<Members>>, 'seed'> {
  const list = new MailingList();
  return {
    apply: (record) => list.apply(record),
    seed: (contact) => list.seed(contact),
    state: () => Object.fromEntries(list.members),
  };
}

/** Python reads all records at once, when its state is read. */
function inPython(): Subscriber<Members> {
  const records: ReceivedRecord[] = [];
  const state = (): Members => {
    const { status, stdout, stderr } = runPython(records);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout) as Members;
  };
  return { apply: (record) => records.push(record), state };
}

const runPython = (records: readonly ReceivedRecord[]) =>
  spawnSync('python3', ['samples/mailing_list.py'], {
    input: records.map(lineOf).join('\n'),
    encoding: 'utf8',
    env: { ...process.env, PYTHONUTF8: '1' },
  });
const lineOf = (record: ReceivedRecord): string =>
  JSON.stringify({
    key: keyOf(record),
    value: record.value === null ? null : String(record.value),
    headers: Object.fromEntries(Object.entries(record.headers ?? {}).map(([name, value]) => [name, String(value)])),
  });

const hasPython = spawnSync('python3', ['--version']).status === 0;
const itInPython = hasPython ? it : it.skip;
if (!hasPython) console.warn('samples/mailing_list.py is NOT TESTED here: there is no python3 on the path. All else is.');

let recorded: HistoryRecord[];
beforeAll(async () => {
  recorded = await readRecordedFile('samples/recorded.jsonl');
});

describe.each([
  { language: 'TypeScript', start: inTypeScript, isThere: true, runs: 20 },
  // Each run starts a process.
  { language: 'Python', start: inPython, isThere: hasPython, runs: 2 },
])('the mailing list in $language', ({ start, isThere, runs }) => {
  const test = isThere ? it : it.skip;

  test('when all events are read / the list has every contact with an email and no deleted contact', () =>
    given(recorded).when(start).then(MEMBERS));

  test('when records come twice, late, or mixed across contacts / the list stays the same', () =>
    given(recorded).replayed({ runs }).when(start).then(MEMBERS));

  test('when an event is unknown / the list skips it', () => {
    const unknown = { ...encodeEvent(aContactDeleted()), headers: { ce_specversion: '1.0', ce_type: 'contact-sync.New.v1' } };
    return given(unknown, recorded).when(start).then(MEMBERS);
  });

  test('when an email is cleared and set again / the contact leaves the list and comes back', async () => {
    const ann = aContactCreated({ contact_id: 9, first_name: 'Ann', last_name: null, email: 'ann@x.io' });
    const without = aContactUpdated({ email: null }, { after: ann });
    const back = aContactUpdated({ email: 'ann@y.io' }, { after: without });
    await given(ann, without).when(start).then({});
    await given(ann, without, back)
      .when(start)
      .then({ 9: { name: 'Ann', email: 'ann@y.io' } });
  });

  test('when it reads some thousand events / the list equals the contacts of the gateway at their end', async () => {
    const contacts = Object.entries(readHistoryState().contacts);
    const members = contacts.flatMap(([id, { name, email }]) => (email === null ? [] : [[id, { name: name ?? '', email }]]));
    await given(await readHistory())
      .when(start)
      .then(Object.fromEntries(members));
  });
});

describe('the mailing list that starts from zero', () => {
  const wherever: Replays = { fromZero: true, doubled: true, interleaved: true };

  it('when it starts at any record / it ends with the same list', () =>
    given(recorded)
      .replayed({ ...wherever, runs: 50 })
      .when(inTypeScript)
      .then(MEMBERS));

  it('when it has read a contact / older events do not change the contact, and newer events do', () => {
    const created = aContactCreated({ contact_id: 9, email: 'old@x.io' });
    const updated = aContactUpdated({ email: 'new@x.io' }, { after: created });
    const list = inTypeScript();
    list.seed(updated.data.contact);
    list.apply(encodeEvent(created));
    expect(list.state()).toMatchObject({ 9: { email: 'new@x.io' } });
    list.apply(encodeEvent(aContactDeleted({ after: updated })));
    list.seed(updated.data.contact);
    expect(list.state()).toEqual({});
  });
});

describe('a recording with bytes that are no text', () => {
  const headers = { ce_specversion: '1.0', ce_type: 'contact-sync.ContactDeleted.v1' };
  const read = (record: object) =>
    spawnSync('python3', ['samples/mailing_list.py'], { input: JSON.stringify({ key: '1', ...record }), encoding: 'utf8' });

  itInPython('when they are in headers, which can be null or repeated too / Python reads the record', () => {
    const odd = { ...headers, ce_type: [headers.ce_type, null], trace: null, span: { base64: '/w==' } };
    expect(read({ value: '{"contact_id":1,"version":2}', headers: odd })).toMatchObject({ status: 0, stdout: '{}\n' });
  });

  itInPython('when they are the value / Python throws', () => {
    const { status, stderr } = read({ value: { base64: '/w==' }, headers });
    expect([status, stderr]).toEqual([1, expect.stringContaining('UnreadableEvent: value: not JSON')]);
  });
});

describe('a record under the key of another contact', () => {
  const foreign = { ...encodeEvent(aContactCreated({ contact_id: 9 })), key: '10' };

  it('when TypeScript applies it / throws', () =>
    expect(given(foreign).when(inTypeScript).then({})).rejects.toThrow(UnreadableEvent));

  itInPython('when Python applies it / throws', () => {
    const { status, stderr } = runPython([foreign]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('UnreadableEvent: key: must be the contact id')]);
  });
});
