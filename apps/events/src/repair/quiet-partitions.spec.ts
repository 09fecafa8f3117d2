import { describe, expect, it } from '@jest/globals';
import { login, tombstone } from '../events.fixtures.js';
import type { SourceRecord } from '../reading/shown-record.js';
import type { TopicReader } from '../reading/topic-reader.js';
import { QuietPartitions } from './quiet-partitions.js';

const SINCE = 10_000;
const NOW = 11_000;

/** A topic with one partition for each list, whose records are as old as they say. */
function topicOf(...partitions: SourceRecord[][]): TopicReader {
  const logs = partitions.map((records, partition) => records.map((record, offset) => ({ ...record, partition, offset })));
  const reader: Pick<TopicReader, 'all' | 'since' | 'read'> = {
    all: () => Promise.resolve({ from: logs.map(() => 0), to: logs.map(({ length }) => length) }),
    since: (time) =>
      Promise.resolve(
        logs.map((log) => {
          const at = log.findIndex(({ timestamp }) => timestamp >= time);
          return at < 0 ? log.length : at;
        }),
      ),
    // eslint-disable-next-line @typescript-eslint/require-await
    read: async function* ({ from, to }) {
      for (const [index, log] of logs.entries()) yield* log.slice(from[index], to[index]);
    },
  };
  return reader as TopicReader;
}

const at = (timestamp: number, record: SourceRecord): SourceRecord => ({ ...record, timestamp });
const ofCommand = (record: SourceRecord): SourceRecord => ({
  ...record,
  headers: { ...record.headers, ce_correlationid: Buffer.from('refresh-quiet-1') },
});
const foundIn = (...partitions: SourceRecord[][]) =>
  new QuietPartitions(topicOf(...partitions), 'refresh-quiet').since(SINCE, NOW);

describe('partitions of logins that get no more records', () => {
  it('when the last record is older / the partition is found with the login of that record', async () => {
    const removal = login(3, { email: null, credential: null });
    const found = await foundIn([at(1, login(1)), at(2, login(2))], [at(3, login(1)), at(4, tombstone(5))], [at(5, removal)]);
    expect(found).toMatchObject([
      { partition: 0, version: 2, isRemoved: false },
      { partition: 1, version: 5, isRemoved: true },
      { partition: 2, version: 3, isRemoved: true },
    ]);
  });

  it('when it has a newer record, or none at all / the partition is left out', async () => {
    expect(await foundIn([at(1, login(1)), at(SINCE, login(2))], [])).toEqual([]);
  });

  it.each([
    ['as long after the record before as a partition has to be quiet', 'left out', 1_000, []],
    ['sooner after the record before, so that both can be in one segment', 'found', 999, [{ version: 3 }]],
  ])('when the last records are of the command itself, %s / the partition is %s', async (_, __, gap, found) => {
    const [first, second] = [ofCommand(login(3)), ofCommand(tombstone(3))];
    expect(await foundIn([at(1, login(1)), at(5, login(2)), at(5 + gap, first), at(6 + gap, second)])).toMatchObject(found);
  });

  it('when the topic has records of the command alone / the partition is left out', async () => {
    expect(await foundIn([at(1, ofCommand(login(1)))])).toEqual([]);
  });

  it('when another record follows that of the command / the partition is found again', async () => {
    expect(await foundIn([at(1, ofCommand(login(1))), at(2, login(2))])).toMatchObject([{ version: 2 }]);
  });

  it('when the last records are not readable / the last login before them is found', async () => {
    const unreadable = Array.from({ length: 150 }, () => at(2, { ...login(1), value: Buffer.from('not JSON') }));
    expect(await foundIn([at(1, login(7)), ...unreadable])).toMatchObject([{ version: 7 }]);
  });
});
