import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { testServers } from '#app/system/testing';
import { readOffsets, storeOffset } from './consumer-offsets.js';
import { TestConsumers } from './consumer.fixtures.js';
import { PartitionProgress } from './partition-progress.js';

beforeAll(() => Logger.overrideLogger(false));

it('when a batch begins before what was read / the next consumer reads the log from its beginning, and finds out whether the topic is another', () =>
  TestConsumers.with(async ({ orm, topic }) => {
    const [place, topicId] = [{ topic, partition: 0 }, randomUUID()];
    await orm.em.execute('insert into consumer_offset values (?, 0, 9, ?, 3)', [topic, topicId]);
    await orm.em.execute('insert into parked_record values (?, 0, 8)', [topic]);
    const [forgotten, lost] = [[] as unknown[], [] as string[]];
    const progress = new PartitionProgress({
      em: orm.em,
      logger: new Logger(),
      forgetNotes: (_: unknown, log: unknown) => Promise.resolve(void forgotten.push(log)),
      onLost: (reason: string) => void lost.push(reason),
    } as never);
    progress.note({ ...place, nextOffset: 9 });
    await progress.noticeNewLog(place, 9);
    expect(lost).toEqual([]);

    await progress.noticeNewLog(place, 3);
    expect(await readOffsets(orm.em, [topic])).toEqual([{ ...place, nextOffset: 0, topicId, failureStreak: 0 }]);
    expect(await orm.em.execute('select * from parked_record')).toEqual([]);
    expect({ forgotten, lost }).toEqual({ forgotten: [], lost: ['a log is read from its beginning'] });
  }));

it('when an offset rises / the stored count of failures up to it begins anew; when it is stored again, or a lower one is / both stay', () =>
  TestConsumers.with(
    async ({ orm, topic }) => {
      const place = { topic, partition: 0 };
      await orm.em.execute('insert into consumer_offset values (?, 0, 9, null, 3)', [topic]);
      for (const [nextOffset, next] of [
        [8, { nextOffset: 9, failureStreak: 3 }],
        [9, { nextOffset: 9, failureStreak: 3 }],
        [10, { nextOffset: 10, failureStreak: 0 }],
      ] as const) {
        await storeOffset(orm.em.fork(), { ...place, nextOffset, heldOffset: 9 });
        expect(await readOffsets(orm.em, [topic])).toEqual([{ ...place, topicId: null, ...next }]);
      }
    },
    { ...testServers(), prefix: 'no topics' },
  ));
