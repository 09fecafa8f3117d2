import { LIST_CASES } from './list-cases.js';
import type { ListMeasurements } from './measure-lists.js';

/** The figures of a run, as a table for people. */
export function listsReport({ few, many }: ListMeasurements): string {
  const costly = new Set(LIST_CASES.filter(({ promised }) => !promised).map(({ name }) => name));
  const line = (name: string): string =>
    row(costly.has(name) ? `${name} *` : name, ms(few.timings.get(name)), ms(many.timings.get(name)), ratio(name));
  const ratio = (name: string): string => `${(many.timings.get(name)! / few.timings.get(name)!).toFixed(1)} ×`;
  return [
    '',
    'Time of one request, medians in ms, one connection',
    row('', `${few.contacts.toLocaleString('en')} contacts`, `${many.contacts.toLocaleString('en')} contacts`, 'ratio'),
    ...[...few.timings.keys()].map(line),
    '* grows with the number of contacts, and is said to (docs/lists.md)',
  ].join('\n');
}

const ms = (value: number | undefined): string => (value ?? NaN).toFixed(1);

const row = (name: string, ...cells: string[]): string => name.padEnd(36) + cells.map((cell) => cell.padStart(20)).join('');
