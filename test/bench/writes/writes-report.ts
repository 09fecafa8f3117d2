import { loadavg } from 'node:os';
import { table } from '#app/terminal';
import type { Part } from '../cpu.js';
import { median } from '../statistics.js';
import type { WriteFigures } from './measure-writes.js';

const PARTS: readonly Part[] = ['gateway', 'postgres', 'kafka'];

/** The figures of a run, for people. */
export function writesReport(figures: readonly WriteFigures[]): string {
  const rows = figures.map(({ name, itemsPerSecond, cpu }) => [
    name,
    median(itemsPerSecond).toFixed(0),
    ...PARTS.map((part) => median(cpu.map((each) => each?.[part] ?? NaN)).toFixed(0)),
  ]);
  const [single, batch] = figures as [WriteFigures, WriteFigures];
  const ratios = batch.itemsPerSecond.map((items, index) => items / single.itemsPerSecond[index]!);
  return [
    '',
    table([['', 'items/s', ...PARTS.map((part) => `${part} µs`)], ...rows]),
    '',
    `A batch of 100 is ${median(ratios).toFixed(1)} × as fast as updates one by one (pair by pair ${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)} ×).`,
    `Load of the machine at the end: ${loadavg()[0]!.toFixed(1)}.`,
  ].join('\n');
}
