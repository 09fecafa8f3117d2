import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeRecord } from '../event.codec.js';
import { entityIdOf, type ContactSyncEvent } from '../events.js';
import type { ContactSnapshot } from '../contact.schema.js';
import { histories } from './histories.fixtures.js';
import { aContactCreated, aContactDeleted, aContactUpdated, given, type HistoryRecord, type Subscriber } from './index.js';

type Versions = Record<string, number>;

/** Keeps the highest version of each contact, or makes the mistakes that it is given. */
function versions({ isCareless = false } = {}): Subscriber<Versions> & { seed: (contact: ContactSnapshot) => void } {
  const held = new Map<string, number>();
  const take = (id: string, version: number): void => {
    if (isCareless || version > (held.get(id) ?? 0)) held.set(id, version);
  };
  return {
    apply: (record: HistoryRecord) => {
      const decoded = decodeRecord(record);
      if (decoded.kind !== 'event' || decoded.event.name === 'PortalLoginChanged') return;
      take(String(entityIdOf(decoded.event)), decoded.event.data.version);
    },
    seed: ({ id, version }) => take(id, version),
    seedCompany: ({ id, version }) => take(String(id), version),
    state: () => Object.fromEntries(held),
  };
}

const created = aContactCreated({ contact_id: 901 });
const updated = aContactUpdated({}, { after: created });
const other = aContactCreated({ contact_id: 902 });

describe('given(history).when(subscriber)', () => {
  it('when the history is read / the subscriber gets it in order and ends in its state', async () => {
    await given(created, updated, [other]).when(versions).then({ 901: 2, 902: 1 });
    await given().when(versions).then({});
  });

  it('when a function checks the state / its failure is the failure of the test', async () => {
    const outcome = given(created).when(versions);
    expect(await outcome.then((state) => state['901'])).toBe(1);
    await expect(outcome.then(() => Promise.reject(new Error('no such member')))).rejects.toThrow('no such member');
  });

  it('when the subscriber is asynchronous / waits for it', async () => {
    const slow = async (): Promise<Subscriber<Versions>> => {
      const subscriber = versions();
      return Promise.resolve({
        ...subscriber,
        apply: async (record: HistoryRecord) => Promise.resolve().then(() => subscriber.apply(record)),
      });
    };
    await given(created, updated).when(slow).then({ 901: 2 });
  });

  it('when the state has sets / their order is not compared, and members that differ are named', async () => {
    const emails = (...members: unknown[]) => ({ apply: () => undefined, state: () => ({ emails: new Set(members) }) });
    const outcome = given(created).when(() => emails('b@x.io', { id: 1 }, 'a@x.io'));
    await outcome.then({ emails: new Set(['a@x.io', 'b@x.io', { id: 1 }]) });
    await expect(outcome.then({ emails: new Set(['a@x.io', 'c@x.io', { id: 2 }]) })).rejects.toThrow(
      [
        'The history ends in another state:',
        '  emails: expected "c@x.io", was nothing',
        '  emails: expected {"id":2}, was nothing',
        '  emails: expected nothing, was "b@x.io"',
        '  emails: expected nothing, was {"id":1}',
      ].join('\n'),
    );
  });

  it('when the state has numbers of any size / names those that differ', async () => {
    const offsets = () => ({ apply: () => undefined, state: () => ({ next: 2n, all: [3n] }) });
    const outcome = given(created).when(offsets);
    await outcome.then({ next: 2n, all: [3n] });
    await expect(outcome.then({ next: 1n, all: { length: 4n } })).rejects.toThrow(
      'The history ends in another state:\n  next: expected 1n, was 2n\n  all: expected {"length":"4n"}, was ["3n"]',
    );
  });

  it('when the state is another / names the fields that differ', async () => {
    const outcome = given(created, updated).when(versions);
    await expect(outcome.then({ 901: 3, 902: 1 })).rejects.toThrow(
      'The history ends in another state:\n  901: expected 3, was 2\n  902: expected 1, was nothing',
    );
    await expect(outcome.then({})).rejects.toThrow('901: expected nothing, was 2');
  });

  it('when the subscriber fails / fails with its error', async () => {
    const broken = () => ({ ...versions(), apply: () => Promise.reject(new Error('disk full')) });
    await expect(given(created).when(broken).then({})).rejects.toThrow('disk full');
  });
});

describe('given(history).replayed()', () => {
  it('when the subscriber is correct / ends in one state with every variation that the contract allows', () =>
    fc.assert(
      fc.asyncProperty(histories, fc.nat(), async (entries, seed) => {
        const straight = await given(entries)
          .when(versions)
          .then((state) => state);
        await given(entries).replayed({ runs: 3, seed }).when(versions).then(straight);
        const fromZero = { doubled: true, interleaved: true, compacted: true, fromZero: true };
        const living = (all: Versions) => Object.entries(all).filter(([id]) => !deleted(entries).has(id));
        await given(entries)
          .replayed({ runs: 3, seed, ...fromZero })
          .when(versions)
          .then((state) => expect(new Map(living(state))).toEqual(new Map(living(straight))));
      }),
      { numRuns: 50 },
    ));

  it('when records are only doubled / finds a subscriber that keeps the last record', async () => {
    const careless = given(created, updated, other, aContactDeleted({ after: other })).replayed({ doubled: true });
    const outcome = careless.when(() => versions({ isCareless: true }));
    await expect(outcome.then({ 901: 2, 902: 2 })).rejects.toThrow(/Replay \d+ of 20 ends in another state:/);
  });

  it('when records are only interleaved / finds a subscriber that relies on an order between keys', async () => {
    const outcome = given(created, other).replayed({ interleaved: true }).when(lastOne);
    await expect(outcome.then({ last: '902' })).rejects.toThrow(/Replay \d+ of 20 ends in another state:/);
  });

  it('when a replay fails / names the seed that repeats it alone', async () => {
    const history = given(created, other);
    const replay = history.replayed({ interleaved: true, seed: 7 }).when(lastOne).then({ last: '902' });
    const failure = await replay.catch((error: Error) => error.message);
    const [, run, seed] = /Replay (\d+) of 20 [^]*runs: 1, seed: (\d+) /.exec(failure as string)!.map(Number);
    expect(run).toBeGreaterThan(1);
    const again = history.replayed({ interleaved: true, runs: 1, seed: seed! }).when(lastOne);
    await expect(again.then({ last: '902' })).rejects.toThrow('last: expected "902", was "901"');
  });

  it('when it starts from zero / needs a subscriber that can be seeded', async () => {
    const { seed: _, ...unseeded } = versions();
    const replay = given(created, updated).replayed({ fromZero: true, runs: 30, seed: 1 });
    await expect(replay.when(() => unseeded).then(() => undefined)).rejects.toThrow('seed()');
  });
});

/** Believes that keys have an order to each other. */
function lastOne(): Subscriber<{ last: string }> {
  let last = '';
  return { apply: ({ key }) => (last = String(key)), state: () => ({ last }) };
}

const deleted = (entries: readonly object[]): Set<string> => {
  const ends = (entries as ContactSyncEvent[]).filter(({ name }) => name === 'ContactDeleted' || name === 'CompanyDeleted');
  return new Set(ends.map((event) => String(entityIdOf(event))));
};
