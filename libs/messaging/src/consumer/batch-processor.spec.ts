import { describe, expect, it } from '@jest/globals';
import type { Logger } from '@nestjs/common';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { UnreadableEvent, UnsupportedEventVersion } from '#app/contracts';
import { BatchProcessor } from './batch-processor.js';
import { HandlerTimeout } from './consume-failure.js';
import { ConsumerState } from './consumer-state.js';
import type { Assignment, AttemptParts } from './record-attempts.js';

const PLACE = { topic: 'logins', partition: 0 };
const recordAt = (offset: number) => ({ offset: String(offset), key: null, value: null }) as KafkaMessage;
const rebalance = Object.assign(new kafkajs.KafkaJSError('The group is rebalancing.'), { type: 'REBALANCE_IN_PROGRESS' });
const databaseAway = Object.assign(new Error('the database is starting up'), { code: '57P03' });

const parts = (given: Partial<AttemptParts>): AttemptParts => ({
  delivery: {} as never,
  deadLetters: { keep: () => Promise.resolve() },
  state: new ConsumerState(),
  logger: { error: () => undefined, warn: () => undefined } as unknown as Logger,
  parked: { has: () => Promise.resolve(false) },
  ...given,
});
const assignment = (given: Partial<Assignment>): Assignment => ({
  isAssigned: () => true,
  heartbeat: () => Promise.resolve(),
  inTurn: (work) => work(),
  resolve: () => undefined,
  ...given,
});

describe('a batch with an unauthentic record', () => {
  it('when the group rebalances while the record is tried again / gives the partition back, and writes its letter once', async () => {
    const letters: string[] = [];
    const processor = new BatchProcessor(
      parts({
        delivery: { pass: () => Promise.reject(databaseAway) } as never,
        deadLetters: { keep: (kept) => Promise.resolve(void letters.push(...kept.map(({ record }) => record.offset))) },
        authenticate: (records) => Promise.resolve(records.map(() => ({ unauthentic: 'junk' }))),
      }),
    );
    const rebalancing = assignment({ heartbeat: () => Promise.reject(rebalance) });
    await expect(processor.process([recordAt(7)], PLACE, rebalancing)).rejects.toBe(rebalance);
    expect(letters).toEqual(['7']);
  });

  it('when the record after it is applied only at the second attempt / writes its letter once', async () => {
    const letters: string[] = [];
    let failures = 1;
    const processor = new BatchProcessor(
      parts({
        delivery: {
          deliver: () => (failures-- > 0 ? Promise.reject(databaseAway) : Promise.resolve()),
          pass: () => Promise.resolve(),
          storeFailures: () => Promise.resolve(),
        } as never,
        deadLetters: { keep: (kept) => Promise.resolve(void letters.push(...kept.map(({ record }) => record.offset))) },
        authenticate: (records) =>
          Promise.resolve(records.map(({ offset }) => (offset === '7' ? { unauthentic: 'junk' } : 'genuine'))),
      }),
    );
    expect(await processor.process([7, 8].map(recordAt), PLACE, assignment({}))).toBe('done');
    expect(letters).toEqual(['7']);
  });
});

describe('a batch of unauthentic records', () => {
  const records = [7, 8, 9].map(recordAt);

  /** Processes them with dead letters that take the sends for which `isTaken` says so. */
  async function processed(isTaken: (offsets: string[]) => boolean, given: Partial<AttemptParts> = {}) {
    const { state = new ConsumerState() } = given;
    const sends: string[][] = [];
    const passed: number[] = [];
    const resolved: string[] = [];
    const delivery = {
      deliver: () => Promise.reject(new UnreadableEvent('It has no attributes.')),
      pass: ({ nextOffset }: { nextOffset: number }) => Promise.resolve(void passed.push(nextOffset)),
      storeFailures: () => Promise.resolve(),
    };
    const keep: AttemptParts['deadLetters']['keep'] = (letters) => {
      const offsets = letters.map(({ record }) => record.offset);
      sends.push(offsets);
      return isTaken(offsets) ? Promise.resolve() : Promise.reject(new kafkajs.KafkaJSError('No leader.'));
    };
    const processor = new BatchProcessor(
      parts({
        delivery: delivery as never,
        deadLetters: { keep },
        authenticate: (judged) => Promise.resolve(judged.map(() => ({ unauthentic: 'junk' }))),
        ...given,
        state,
      }),
    );
    const resolve = ({ offset }: KafkaMessage) => void resolved.push(offset);
    const outcome = await processor.process(records, PLACE, assignment({ resolve }));
    return { outcome, sends, passed, resolved: resolved.at(-1), counted: state.report().unauthentic };
  }

  it('when the dead letters take them / writes them by one send, and stores the offset once', async () => {
    const sends = [['7', '8', '9']];
    expect(await processed(() => true)).toEqual({ outcome: 'done', sends, passed: [10], resolved: '9', counted: 3 });
  });

  it('when only a thorough judgement finds them out / writes them by one send all the same', async () => {
    const authenticate: AttemptParts['authenticate'] = (judged, _, isThorough) =>
      Promise.resolve(judged.map(() => (isThorough ? { unauthentic: 'attributes' } : 'genuine')));
    const sends = [['7', '8', '9']];
    expect(await processed(() => true, { authenticate })).toMatchObject({ outcome: 'done', sends, passed: [10], counted: 3 });
  });

  it('when the dead letters do not take one of them / writes those before it, stops at it, and tries it alone from then on', async () => {
    const state = new ConsumerState();
    const isTaken = (offsets: string[]) => !offsets.includes('8');
    const stopped = await processed(isTaken, { state });
    const [together, ...alone] = stopped.sends;
    expect([together, alone]).toEqual([
      ['7', '8', '9'],
      [['7'], ...Array(5).fill(['8'])],
    ]);
    expect(stopped).toMatchObject({ outcome: 'stopped', passed: [8], resolved: '7' });
    expect(state.report().stopped).toMatchObject([{ offset: 8 }]);

    const again = await processed(() => true, { state });
    expect(again).toMatchObject({ outcome: 'done', sends: [['7'], ['8'], ['9']], passed: [8, 9, 10] });
    expect(state.report().stopped).toEqual([]);
  });
});

describe('a batch whose partition is given to another member', () => {
  const unsupported = new UnsupportedEventVersion('PortalLoginChanged.v2');
  /** Processes a record whose partition is given away in a delivery, by number, or while it is looked up among the parked ones. */
  async function givenAway(error: Error, { delivery, isLookUp = false }: { delivery: number; isLookUp?: boolean }) {
    const state = new ConsumerState();
    let [deliveries, isAssigned] = [0, true];
    const deliver = (): Promise<void> => {
      if (++deliveries === delivery) isAssigned = isLookUp;
      return Promise.reject(error);
    };
    const has = (): Promise<boolean> => {
      isAssigned = false;
      return Promise.resolve(false);
    };
    const processor = new BatchProcessor(parts({ delivery: { deliver } as never, parked: { has }, state }));
    const outcome = await processor.process([recordAt(7)], PLACE, assignment({ isAssigned: () => isAssigned }));
    return { outcome, stopped: state.report().stopped };
  }

  it.each([
    ['while it is delivered, which takes too long', new HandlerTimeout('late'), { delivery: 1 }],
    ['while one record is delivered, which stops a partition', unsupported, { delivery: 2 }],
    ['while such a record is looked up among the parked ones', unsupported, { delivery: 2, isLookUp: true }],
  ])('when that is %s / releases the partition, and reports no stop', async (_, error, when) => {
    expect(await givenAway(error, when)).toEqual({ outcome: 'released', stopped: [] });
  });
});
