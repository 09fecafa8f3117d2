import { beforeEach, describe, expect, it } from '@jest/globals';
import { RecentRows, type RecordedRow } from './recent-rows.js';

const row = (payload: string | null, headers: Record<string, string> = {}): RecordedRow => ({
  topic: 'a',
  key: '7',
  headers,
  payload,
});
const found = (id: number) => ({ id, topic: 'a', key: '7', bytes: 2 });
const ROOM_FOR_TWO = 2 * (1_024 + 2);

let recent: RecentRows;
beforeEach(() => {
  recent = new RecentRows(ROOM_FOR_TWO);
  recent.open();
});

describe('rows that this process has recorded', () => {
  it('when a row was committed while this process publishes / it is found by its id, topic and key', () => {
    recent.keep({ ids: [1], rows: [row('{}', { ce_id: 'x' })] });
    expect(recent.find(found(1))).toEqual({ id: 1, topic: 'a', key: '7', headers: { ce_id: 'x' }, payload: '{}' });
    expect(recent.find(found(2))).toBeUndefined();
    expect(recent.find({ ...found(1), key: '8' })).toBeUndefined();
    expect(recent.find({ ...found(1), topic: 'b' })).toBeUndefined();
  });

  it('when a row is a tombstone / it is found with a null payload, and an unknown row is not', () => {
    recent.keep({ ids: [1], rows: [row(null)] });
    expect(recent.find(found(1))).toMatchObject({ payload: null });
    expect(recent.find(found(2))).toBeUndefined();
  });

  it('while another process publishes / nothing is kept', () => {
    recent.keep({ ids: [1], rows: [row('{}')] });
    recent.close();
    recent.keep({ ids: [2], rows: [row('{}')] });
    recent.open();
    expect(recent.size).toBe(0);
    recent.keep({ ids: [3, 4], rows: [row('{}'), row('{}')] });
    expect(recent.size).toBe(2);
  });

  it('when the ids of the rows are not known / nothing is kept', () => {
    recent.keep({ ids: [], rows: [row('{}')] });
    expect(recent.size).toBe(0);
  });

  it('when the bound is reached / later rows are not kept until earlier ones are published', () => {
    recent.keep({ ids: [1, 2, 3], rows: [row('{}'), row('{}'), row('{}')] });
    expect([1, 2, 3].map((id) => recent.find(found(id)) !== undefined)).toEqual([true, true, false]);
    recent.drop([1, 3]);
    recent.drop([1]);
    recent.keep({ ids: [4, 5], rows: [row('{}'), row('{}')] });
    expect([1, 2, 3, 4, 5].map((id) => recent.find(found(id)) !== undefined)).toEqual([false, true, false, true, false]);
  });

  it('when the same id is kept twice / it counts once', () => {
    recent.keep({ ids: [1], rows: [row('{}')] });
    recent.keep({ ids: [1], rows: [row('{}')] });
    recent.keep({ ids: [2], rows: [row('{}')] });
    recent.drop([1, 2]);
    recent.keep({ ids: [3, 4], rows: [row('{}'), row('{}')] });
    expect(recent.size).toBe(2);
  });

  it('when a row was published before it was kept / it is dropped once the floor has passed it', () => {
    recent.keep({ ids: [5, 4], rows: [row('{}'), row('{}')] });
    recent.dropUpTo(4);
    expect(recent.find(found(5))).toBeDefined();
    recent.dropUpTo(5);
    expect(recent.size).toBe(0);
  });
});
