import { describe, expect, it } from '@jest/globals';
import { event, login, tombstone } from '../events.fixtures.js';
import type { SourceRecord } from '../reading/shown-record.js';
import { KeyEnds } from './key-ends.js';
import { toAsync } from './live-topic.js';
import { astrayKeys, effectOf, foreignNames, refusalOf, surveyOf } from './replay-plan.js';

function endsOf(...records: SourceRecord[]): KeyEnds {
  const ends = new KeyEnds();
  for (const record of records) ends.note(record, { keep: true });
  return ends;
}
const removal = (version: number) => login(version, { email: null, credential: null, changes: ['removed'] });
const broken = { ...login(9), value: Buffer.from('{') };
const astray = (replay: SourceRecord[], held: SourceRecord[]) => astrayKeys(endsOf(...replay), endsOf(...held));

describe('a replay to a live topic', () => {
  it.each<[string, SourceRecord[], SourceRecord[]]>([
    ['goes up to the newest version', [login(1), login(2)], [login(1), login(2)]],
    ['has a newer one than the topic', [login(3)], [login(2)]],
    ['ends on the tombstone that the topic ends on', [removal(2), tombstone(2)], [removal(2), tombstone(2)]],
    ['is of a contact that the topic has not', [login(1)], []],
    ['repeats older ones on its way', [login(2), login(1), login(2)], [login(2)]],
  ])('when it %s / no contact ends on an older version', (_, replay, held) => {
    expect(astray(replay, held)).toEqual([]);
  });

  it.each<[string, SourceRecord[], SourceRecord[], string, string]>([
    ['ends before the newest version', [login(1)], [login(1), login(2)], 'v1', 'v2'],
    ['ends on an older one of its own', [login(2), login(1)], [], 'v1', 'v2'],
    [
      'leaves out the tombstone, so that compaction would keep the removal',
      [removal(2)],
      [removal(2), tombstone(2)],
      'v2',
      'the removal of v2',
    ],
    ['ends on what can not be read', [login(2), broken], [login(2)], 'unreadable', 'v2'],
  ])('when it %s / the contact ends on an older version', (_, replay, held, last, newest) => {
    expect(astray(replay, held)).toEqual([{ key: '123', last, newest }]);
  });

  it('when contacts would end on older versions / is refused with the reason and some of them', () => {
    const plan = {
      records: 9,
      keys: 9,
      unreadable: 0,
      foreign: [],
      astray: Array.from({ length: 7 }, (_, key) => ({ key: `${key}`, last: 'v1', newest: 'v2' })),
    };
    expect(refusalOf('t', plan)).toMatch(/^t is live, .* 7 contacts .*: 0 \(v1, its newest is v2\), .* and 2 more\. Compaction/);
    expect(refusalOf('t', { ...plan, astray: [], unreadable: 1 })).toMatch(/1 record can't be read/);
    expect(refusalOf('t', { ...plan, foreign: ['ContactUpdated'] })).toBe(
      't is live, and these are none of its events: ContactUpdated.',
    );
    expect(refusalOf('t', { ...plan, astray: [] })).toBeUndefined();
  });
});

describe('the survey of a replay', () => {
  it('when records are read / counts records, events of another topic, and unreadable records', async () => {
    const records = [event('ContactDeleted', { version: 1 }), login(1), tombstone(2), broken];
    const { ends, ...survey } = await surveyOf({ records: () => toAsync(records) }, true);
    const names = new Set(['ContactDeleted', 'PortalLoginChanged']);
    expect(survey).toEqual({ records: 4, unreadable: 1, keys: new Set(['123']), names });
    expect(ends.of('123')).toMatchObject({ last: -1, newest: 5 });
    expect(foreignNames(survey.names, (topic) => topic === 'portal-logins.v1')).toEqual(['ContactDeleted']);
  });
});

describe('records of one key', () => {
  it('when the newest is not the last / it is kept, to be sent after the older one', () => {
    const newest = login(3);
    const [found] = endsOf(login(2), newest, login(1), broken).astray;
    expect(found).toEqual({ key: '123', last: -1, newest: 6, record: newest });
    expect(endsOf(login(1), login(2), login(2)).astray).toEqual([]);
  });
});

describe('the effect of a replay on the auth app', () => {
  const effect = (held: [number, { version: number; lacksCredential: boolean }][], ...records: SourceRecord[]) =>
    effectOf(toAsync(records), new Map(held));

  it('when records are above its version / they are applied, the others skipped', async () => {
    const held = { version: 2, lacksCredential: false };
    expect(await effect([[123, held]], login(1), login(2), login(3), login(3), tombstone(4), broken)).toEqual({
      applied: 2,
      skipped: 4,
    });
  });

  it('when a record has the held version and the credential is missing / it is applied', async () => {
    expect(await effect([[123, { version: 2, lacksCredential: true }]], login(2), login(2))).toEqual({ applied: 1, skipped: 1 });
  });
});
