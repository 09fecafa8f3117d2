import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { brokerError } from '../kafka/broker-request.js';
import { BlockedPartitions, isRefusal } from './blocked-partitions.js';
import type { WaitingRow } from './pending-rows.js';

const ROW: WaitingRow = { id: 5, topic: 'a', key: 'k', bytes: 2 };
const error = new Error('refused');
let blocked: BlockedPartitions;

beforeEach(() => {
  jest.useFakeTimers();
  blocked = new BlockedPartitions();
});
afterEach(() => void jest.useRealTimers());

describe('rows of a blocked partition', () => {
  it('when the partition is free again while they are read / stay left out of that read, and come with the next one', () => {
    blocked.note({ topic: 'a', partition: 0, error, rows: [] }, 0);
    const choose = blocked.leavingOut(() => 0);
    blocked.clear('a', 0);
    expect(choose([ROW])).toEqual([]);
    expect(blocked.leavingOut(() => 0)([ROW])).toEqual([ROW]);
  });

  it('when its topic has other partitions / are left out alone, and with its whole topic all of them are', () => {
    const [first, second] = [ROW, { ...ROW, id: 6, key: 'other' }];
    const choose = () => blocked.leavingOut(({ id }) => id - 4)([first, second]);
    blocked.note({ topic: 'a', partition: 2, error, rows: [] }, 0);
    expect(choose()).toEqual([first]);
    blocked.note({ topic: 'a', partition: null, error, rows: [] }, 0);
    expect(choose()).toEqual([]);
    blocked.clear('a', 2);
    blocked.clear('a', null);
    expect(choose()).toEqual([first, second]);
  });

  it('when its whole topic was blocked before / are looked for from where those of the topic began', () => {
    blocked.note({ topic: 'a', partition: null, error, rows: [] }, 4);
    blocked.note({ topic: 'a', partition: 0, error, rows: [] }, 9);
    blocked.note({ topic: 'b', partition: 0, error, rows: [] }, 7);
    blocked.clear('a', null);
    jest.advanceTimersByTime(60_000);
    expect(blocked.due(() => 0)?.above).toBe(4);
  });
});

it('when the attempts of a partition go on failing / it counts as blocked since the first failure, for the last reason', () => {
  const since = new Date();
  blocked.note({ topic: 'a', partition: 0, error, rows: [] }, 0);
  jest.advanceTimersByTime(60_000);
  blocked.note({ topic: 'a', partition: 0, error: new Error('refused again'), rows: [] }, 0);
  expect(blocked.report()).toEqual([{ topic: 'a', partition: 0, reason: 'refused again', since }]);
  expect(blocked.longestMs).toBe(60_000);
});

it('when several are blocked / the next attempt is due with that which failed least often', () => {
  for (let failures = 0; failures < 10; failures++) blocked.note({ topic: 'a', partition: 0, error, rows: [] }, 0);
  blocked.note({ topic: 'a', partition: 1, error, rows: [] }, 0);
  expect(blocked.dueInMs).toBeGreaterThan(0);
  expect(blocked.dueInMs).toBeLessThanOrEqual(100);
});

const [MESSAGE_TOO_LARGE, NOT_ENOUGH_REPLICAS] = [10, 19];

it.each([
  [brokerError(MESSAGE_TOO_LARGE), true],
  [brokerError(NOT_ENOUGH_REPLICAS), false],
  [new Error('The broker is away.'), false],
])('when the error is %s / whether the records are refused for good is %s', (failure, isForGood) =>
  expect(isRefusal(failure)).toBe(isForGood),
);
