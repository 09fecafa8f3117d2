import { describe, expect, it } from '@jest/globals';
import { curvesOf } from './curves.js';

const samples = (name: string, valueAt: (at: number) => number) =>
  Array.from({ length: 90 }, (_, at) => new Map([[name, valueAt(at)]]));

describe('the curve of a measure', () => {
  it('is flat where it rises at first, and then stays', () => {
    expect(curvesOf(samples('gateway-1 memory, MiB', (at) => Math.min(300, 150 + 10 * at)))[0]!.isFlat).toBe(true);
  });

  it('is not flat where it goes on rising', () => {
    expect(curvesOf(samples('gateway-1 memory, MiB', (at) => 150 + 3 * at))[0]!.isFlat).toBe(false);
  });

  it('is flat where one value in its last third stands out', () => {
    const [curve] = curvesOf(samples('database sessions', (at) => (at === 80 ? 90 : 20)));
    expect([curve!.isFlat, curve!.highest]).toEqual([true, 90]);
  });
});
