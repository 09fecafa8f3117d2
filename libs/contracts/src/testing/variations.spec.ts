import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeRecord } from '../event.codec.js';
import { histories } from './histories.fixtures.js';
import {
  aContactCreated,
  aContactDeleted,
  aContactUpdated,
  aPortalLoginChanged,
  aPortalLoginRemoved,
  aTombstone,
  isCompacted,
  recordsOf,
  streamsOf,
  variationOf,
  type HistoryRecord,
  type Switches,
} from './index.js';

const runs = (switches: Switches, check: (history: HistoryRecord[], varied: ReturnType<typeof variationOf>) => void) =>
  fc.assert(
    fc.property(histories, fc.nat(), (entries, seed) => {
      const history = recordsOf(entries);
      check(history, variationOf(history, switches, seed));
    }),
  );
/** The records of each key by themselves, whatever order the keys are in. */
const byKey = (records: readonly HistoryRecord[]) =>
  streamsOf(records).sort(([a], [b]) => (`${a!.topic}/${String(a!.key)}` < `${b!.topic}/${String(b!.key)}` ? -1 : 1));

describe('a variation', () => {
  it('without a switch / is the history', () =>
    runs({}, (history, { seeds, companySeeds, records }) => expect([seeds, companySeeds, records]).toEqual([[], [], history])));

  it('with the same seed / is the same, and with another seed mostly another', () => {
    const history = recordsOf(fc.sample(histories, { numRuns: 5, seed: 1 }).flat());
    const all = { doubled: true, interleaved: true, compacted: true, fromZero: true };
    expect(variationOf(history, all, 7)).toEqual(variationOf(history, all, 7));
    expect(new Set([1, 2, 3, 4].map((seed) => JSON.stringify(variationOf(history, all, seed)))).size).toBe(4);
  });
});

describe('interleaved', () => {
  it('when records are interleaved / has every record once, in the order of each key of a topic', () =>
    runs({ interleaved: true }, (history, { records }) => expect(byKey(records)).toEqual(byKey(history))));

  it('when records are interleaved / two keys occur in every order to each other', () => {
    const [one, other] = [aContactCreated(), aContactCreated()];
    const history = recordsOf([one, other]);
    const orders = Array.from({ length: 30 }, (_, seed) =>
      variationOf(history, { interleaved: true }, seed).records.map(({ key }) => key),
    );
    expect(new Set(orders.map(String)).size).toBe(2);
  });
});

describe('interleaved, now and then', () => {
  it('when records are interleaved / sometimes a whole key comes before another, however long it is', () => {
    const tell = (contact_id: number) => Array.from({ length: 16 }, () => aContactCreated({ contact_id }));
    const history = recordsOf([...tell(1), ...tell(2)].sort((a, b) => (a.id < b.id ? -1 : 1)));
    const isWhole = (seed: number) => {
      const { records } = variationOf(history, { interleaved: true }, seed);
      return records.slice(0, 16).every(({ key }) => key === '2');
    };
    expect(Array.from({ length: 200 }, (_, seed) => isWhole(seed))).toContain(true);
  });
});

describe('doubled', () => {
  it('when records are doubled / has every record at least twice, with the first deliveries in the order of the history', () =>
    runs({ doubled: true }, (history, { records }) => {
      expect([...new Set(records)]).toEqual(history);
      for (const record of history) expect(records.filter((one) => one === record).length).toBeGreaterThan(1);
    }));

  it('when it is interleaved too / keeps the order of first deliveries within each key', () =>
    runs({ doubled: true, interleaved: true }, (history, { records }) =>
      expect(byKey([...new Set(records)])).toEqual(byKey(history)),
    ));
});

describe('compacted', () => {
  it('when the topic is compacted / keeps the newest record of every existing login, and all records of other topics', () =>
    runs({ compacted: true }, (history, { records }) => {
      const left = new Set(records);
      expect(history.filter((record) => left.has(record))).toEqual(records);
      for (const stream of streamsOf(history)) {
        if (!isCompacted(stream[0]!.topic)) for (const record of stream) expect(left).toContain(record);
        else if (stream.at(-1)!.value !== null) expect(left).toContain(stream.at(-1));
        else if (!left.has(stream.at(-1)!)) for (const record of stream) expect(left).not.toContain(record);
      }
    }));

  it('when the topic is compacted / drops older records of a login, and sometimes all of a removed one', () => {
    const login = aPortalLoginChanged();
    const removal = aPortalLoginRemoved({ after: login });
    const history = recordsOf([login, removal, aTombstone(removal)]);
    const left = Array.from({ length: 50 }, (_, seed) => variationOf(history, { compacted: true }, seed).records.length);
    expect(new Set(left)).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe('from zero', () => {
  it('when it starts from zero / has each contact by its seed or by an event at its newest version, and the logins from their beginning', () =>
    runs({ fromZero: true }, (history, { seeds, companySeeds, records }) => {
      for (const stream of streamsOf(history)) {
        const left = streamsOf(records).find(([record]) => record!.topic === stream[0]!.topic && record!.key === stream[0]!.key);
        if (isCompacted(stream[0]!.topic)) expect(left).toEqual(stream);
        const last = decodeRecord(stream.at(-1)!);
        if (last.kind !== 'event' || left) continue;
        const seed = seeds.find(({ id }) => id === stream[0]!.key);
        const company = companySeeds.find(({ id }) => String(id) === stream[0]!.key);
        if (stream[0]!.topic === 'companies.v1')
          expect(company).toEqual('company' in last.event.data ? last.event.data.company : undefined);
        else expect(seed).toEqual('contact' in last.event.data ? last.event.data.contact : undefined);
      }
    }));

  it('when it starts from zero / reads a contact at any moment after the noted position', () => {
    const created = aContactCreated();
    const updated = aContactUpdated({}, { after: created });
    const history = recordsOf([created, updated, aContactDeleted({ after: updated })]);
    const starts = Array.from({ length: 200 }, (_, seed) => variationOf(history, { fromZero: true }, seed)).map(
      ({ seeds, records }) => `${seeds[0]?.version ?? '-'}/${records.length}`,
    );
    expect(new Set(starts)).toEqual(new Set(['-/3', '1/3', '2/3', '1/2', '2/2', '-/2', '2/1', '-/1', '-/0']));
  });
});
