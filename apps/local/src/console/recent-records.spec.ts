import { describe, expect, it } from '@jest/globals';
import { RecentRecords } from './recent-records.js';

/** The records that are kept of so many, each of so many characters. @returns their numbers */
function keptOf(count: number, characters: number): number[] {
  const recent = new RecentRecords();
  for (let number = 0; number < count; number++)
    expect(recent.add({ place: String(number), number, data: 'x'.repeat(characters) })).toBe(true);
  return recent.all.map(({ number }) => number as number);
}

describe('the records that a page begins with', () => {
  it('when there are more than five hundred / are the newest', () => {
    const kept = keptOf(600, 10);
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([500, 100, 599]);
  });

  it('when they are large / are as many as have two million characters', () => {
    const kept = keptOf(100, 200_000);
    expect([kept.length, kept.at(-1)]).toEqual([10, 99]);
    expect(keptOf(3, 4_000_000)).toEqual([2]);
  });

  it('when one comes again / has it once', () => {
    const recent = new RecentRecords();
    expect([recent.add({ place: 'a' }), recent.add({ place: 'a' }), recent.all.length]).toEqual([true, false, 1]);
  });
});
