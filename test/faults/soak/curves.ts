import type { Sample } from './samples.js';

const BARS = '▁▂▃▄▅▆▇█';
const CURVE_POINTS = 30;

/** The curve of a measure over a soak. */
export interface Curve {
  name: string;
  early: number;
  late: number;
  highest: number;
  curve: string;
  isFlat: boolean;
}

/** How much the last third may exceed the second third: a share, and an amount that is noise for every measure. */
const TOLERANCE: Readonly<Record<string, { share: number; noise: number }>> = {
  memory: { share: 0.15, noise: 15 },
  handles: { share: 0.1, noise: 8 },
  sessions: { share: 0.1, noise: 6 },
  disk: { share: 0.25, noise: 2 },
  waiting: { share: 0.25, noise: 200 },
};

/**
 * Judges each measure: a curve is flat if its last third is about as high as its second third. In the first third caches
 * fill and code is compiled.
 */
export function curvesOf(samples: readonly Sample[]): Curve[] {
  const names = [...new Set(samples.flatMap((sample) => [...sample.keys()]))];
  return names.map((name) => {
    const values = samples.flatMap((sample) => sample.get(name) ?? []);
    const third = Math.floor(values.length / 3);
    const [early, late] = [median(values.slice(third, 2 * third)), median(values.slice(2 * third))];
    const { share, noise } = TOLERANCE[Object.keys(TOLERANCE).find((kind) => name.includes(kind))!]!;
    const isFlat = late <= early * (1 + share) + noise;
    return { name, early, late, highest: Math.max(...values), curve: sparkline(values), isFlat };
  });
}

export function curveTable(curves: readonly Curve[]): string {
  const head = ['measure', 'second third', 'last third', 'highest', 'course', ''];
  const lines = curves.map(({ name, early, late, highest, curve, isFlat }) => [
    ...[name, ...[early, late, highest].map((value) => value.toFixed(1)), curve],
    isFlat ? 'flat' : 'GROWS',
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function sparkline(values: readonly number[]): string {
  const width = Math.min(CURVE_POINTS, values.length);
  const points = Array.from({ length: width }, (_, at) =>
    median(values.slice(Math.floor((at * values.length) / width), Math.floor(((at + 1) * values.length) / width))),
  );
  const highest = Math.max(...points, Number.MIN_VALUE);
  return points.map((value) => BARS[Math.min(BARS.length - 1, Math.floor((value / highest) * BARS.length))]).join('');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
