import { table } from '#app/terminal';
import { median } from '../statistics.js';
import type { IndexCosts } from './measure-indexes.js';

/** The figures of a run, for people. */
export function indexesReport({ withAll, without }: IndexCosts): string {
  const all = median(withAll);
  const rows = without.map(({ index, costs }) => [index.name, index.kind, (all - median(costs)).toFixed(1)]);
  return [
    '',
    `An updated name and phone costs PostgreSQL ${all.toFixed(0)} µs of CPU with all indexes (batches of 16, without the flush)`,
    table([['index', 'kind', 'µs of it'], ...rows]),
  ].join('\n');
}
