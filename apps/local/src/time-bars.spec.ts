import { describe, expect, it } from '@jest/globals';
import { timeBars } from './time-bars.js';

const leg = (label: string, beganAt: number, endedAt: number) => ({ label, beganAt, endedAt });

describe('the bars of a start', () => {
  it('when steps run in sequence and in parallel / show when each ran', () => {
    const bars = timeBars([leg('built', 8_000, 12_000), leg('packages', 0, 8_000), leg('jars', 0, 16_000)]);
    expect(bars.map((line) => line.slice(43))).toEqual([
      `${'█'.repeat(16)}${' '.repeat(16)}   8.0 s`,
      `${'█'.repeat(32)}  16.0 s`,
      `${' '.repeat(16)}${'█'.repeat(8)}${' '.repeat(8)}   4.0 s`,
    ]);
    expect(bars[0]).toContain('packages');
  });

  it('when a step is very short / leave it out', () => {
    expect(timeBars([leg('quick', 0, 100), leg('slow', 0, 1_000)])).toHaveLength(1);
  });

  it('when all steps are short / there are none', () => {
    expect(timeBars([leg('quick', 0, 100)])).toEqual([]);
  });
});
