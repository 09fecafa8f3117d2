import type { Round } from '../load.js';
import { median, percentile } from '../statistics.js';
import type { ExportMeasurements, ExportRun, Pair } from './measure-export.js';

const p50 = ({ latenciesMs }: Round): number => percentile(latenciesMs, 0.5);
const p99 = ({ latenciesMs }: Round): number => percentile(latenciesMs, 0.99);
const rateRatio = ({ alone, beside }: Pair): number => beside.updatesPerSecond / alone.updatesPerSecond;
const p99Ratio = ({ alone, beside }: Pair): number => p99(beside) / p99(alone);

/** The figures of a run, for people. */
export function exportReport({ few, many, maximum, pairs }: ExportMeasurements): string {
  return [
    '',
    'Exports of all contacts, nothing else running (to hold: 1,000,000 in 60 s, adding at most 200 MB of memory)',
    line(few),
    line(many),
    '',
    `Updates at half of their maximum, ${maximum.toFixed(0)} a second, alone and beside an export, by turns`,
    ...pairs.map((pair) => pairLine(pair, many)),
    `median of pairs   ${median(pairs.map(rateRatio)).toFixed(2)} × rate (to hold: 0.95)   ${median(pairs.map(p99Ratio)).toFixed(2)} × p99 (to hold: 2)`,
  ].join('\n');
}

function pairLine(pair: Pair, many: ExportRun): string {
  const { alone, beside, bytesPerSecond } = pair;
  const times = [p50, p99].map((of) => `p${of === p50 ? 50 : 99} ${of(alone).toFixed(1)} → ${of(beside).toFixed(1)} ms`);
  const wholeSeconds = many.bytes / bytesPerSecond;
  return `${rateRatio(pair).toFixed(2)} × rate   ${times.join('   ')} (${p99Ratio(pair).toFixed(2)} ×)   the whole export would take ${wholeSeconds.toFixed(0)} s`;
}

function line({ contacts, seconds, bytes, memory }: ExportRun): string {
  const memoryText = memory
    ? `adds ${(memory.peak - memory.before).toFixed(0)} MB of memory to ${memory.before.toFixed(0)}`
    : 'memory unknown here';
  const rowRate = Math.round(contacts / seconds).toLocaleString('en');
  return `${contacts.toLocaleString('en')} contacts   ${seconds.toFixed(1)} s   ${rowRate} rows/s   ${(bytes / 1e6).toFixed(0)} MB   ${memoryText}`;
}
