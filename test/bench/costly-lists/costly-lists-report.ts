import type { Round } from '../load.js';
import { percentile } from '../statistics.js';
import type { CostlyListMeasurements, Statuses } from './measure-costly-lists.js';

/** The p99 of updates beside the lists may be this many times that of updates alone. */
const MOST_P99 = 2;

/** The figures of a run, for people, and whether other callers keep their latency. */
export function costlyListsReport(measured: CostlyListMeasurements): { text: string; holds: boolean } {
  const { contacts, lists, alone, beside, oneListMs, listStatuses, readiness } = measured;
  const ratio = p99(beside) / p99(alone);
  const isReady = Object.keys(readiness.statuses).join() === '200';
  const text = [
    '',
    `${lists} costly lists at a time of one token, ${contacts.toLocaleString('en')} contacts; one such list alone takes ${(oneListMs / 1_000).toFixed(1)} s`,
    line('updates of another token, alone', alone),
    line('beside the lists', beside),
    `p99 ${ratio.toFixed(2)} × (to hold: ${MOST_P99})`,
    `lists answered ${shown(listStatuses)}`,
    `readiness ${shown(readiness.statuses)}, the slowest after ${readiness.slowestMs.toFixed(0)} ms (to hold: 200 alone)`,
  ].join('\n');
  return { text, holds: ratio <= MOST_P99 && isReady };
}

const p99 = ({ latenciesMs }: Round): number => percentile(latenciesMs, 0.99);

const line = (name: string, round: Round): string =>
  `${name.padEnd(34)}${round.updatesPerSecond.toFixed(0).padStart(5)} /s   p50 ${percentile(round.latenciesMs, 0.5).toFixed(1)} ms   p99 ${p99(round).toFixed(1)} ms`;

const shown = (statuses: Statuses): string =>
  Object.entries(statuses)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ');
