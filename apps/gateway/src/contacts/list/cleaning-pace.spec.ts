import { beforeEach, describe, expect, it } from '@jest/globals';
import { CLEANING_MS, CleaningPace } from './cleaning-pace.js';

let pace: CleaningPace;
/** A cleaning at a time, that finds so many pages. */
const clean = (now: number, pages: number | undefined): void => {
  pace.begun();
  pace.cleaned(pages, now);
};
/** Milliseconds after a cleaning until the next one is due. */
const pauseAfter = (cleanedAt: number): number => {
  for (let ms = 0; ms < 60_000; ms += 100) if (pace.isDue(cleanedAt + ms)) return ms;
  return Infinity;
};

beforeEach(() => {
  pace = new CleaningPace();
});

describe('the pending list of trigrams', () => {
  it('when it was never emptied / is emptied at once', () => {
    expect(pace.isDue(0)).toBe(true);
  });

  it('when it stays short and nobody searches / is emptied after the longest pause', () => {
    clean(0, 3);
    expect(pauseAfter(0)).toBe(CLEANING_MS.longest);
    clean(5_000, 0);
    expect(pauseAfter(5_000)).toBe(CLEANING_MS.longest);
  });

  it('when it grows fast / is emptied before it has more pages than wanted', () => {
    clean(0, 0);
    clean(5_000, 4_000);
    expect(pauseAfter(5_000)).toBe(3_000);
    clean(8_000, 2_400);
    expect(pauseAfter(8_000)).toBe(3_000);
  });

  it('when it grows faster than the shortest pause allows / is emptied each second', () => {
    clean(0, 0);
    clean(1_000, 60_000);
    expect(pauseAfter(1_000)).toBe(CLEANING_MS.shortest);
  });

  it('when somebody searches / is emptied the next time that it is looked at', () => {
    clean(0, 0);
    pace.searched();
    expect(pauseAfter(0)).toBe(0);
    clean(1_000, 0);
    expect(pauseAfter(1_000)).toBe(CLEANING_MS.longest);
  });

  it('when somebody searches while it is being emptied / is emptied once more', () => {
    pace.begun();
    pace.searched();
    pace.cleaned(10, 100);
    expect(pauseAfter(100)).toBe(0);
  });

  it('when another process is emptying it / is looked at again after the same pause', () => {
    clean(0, 0);
    clean(5_000, 4_000);
    clean(8_000, undefined);
    expect(pauseAfter(8_000)).toBe(3_000);
  });
});
