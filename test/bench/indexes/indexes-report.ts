import { loadavg } from 'node:os';
import { table } from '#app/terminal';
import { median } from '../statistics.js';
import type { IndexCosts } from './measure-indexes.js';

/** The figures of a run, for people. */
export function indexesReport({ all, added }: IndexCosts): string {
  const rows = added.map(({ index, costs }) => {
    const updates = costs.map(({ update }) => update);
    const cleaning = median(costs.map((each) => each.cleaning));
    const spread = `${Math.min(...updates).toFixed(1)} to ${Math.max(...updates).toFixed(1)}`;
    return [index.name, index.kind, median(updates).toFixed(1), spread, cleaning === 0 ? '' : cleaning.toFixed(1)];
  });
  const whole = median(all.map(({ update }) => update)).toFixed(0);
  return [
    '',
    `An updated name and phone costs PostgreSQL ${whole} µs of CPU with all indexes (batches of 16, without the flush)`,
    table([['index', 'kind', 'µs of it', 'by round', 'µs for emptying the pending list'], ...rows]),
    `Load of the machine at the end: ${loadavg()[0]!.toFixed(1)}.`,
  ].join('\n');
}
