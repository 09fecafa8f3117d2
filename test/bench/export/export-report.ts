import { percentile } from '../statistics.js';
import type { ExportMeasurements, ExportRun } from './measure-export.js';

/** The figures of a run, for people. */
export function exportReport({ few, many, maximum, alone, beside, besideRuns }: ExportMeasurements): string {
  const p99 = ({ latenciesMs }: typeof alone): number => percentile(latenciesMs, 0.99);
  const p50 = ({ latenciesMs }: typeof alone): number => percentile(latenciesMs, 0.5);
  const rate = (round: typeof alone): string => round.updatesPerSecond.toFixed(0).padStart(6);
  const times = (round: typeof alone): string => `p50 ${p50(round).toFixed(1)} ms   p99 ${p99(round).toFixed(1)} ms`;
  return [
    '',
    'Exports of all contacts, nothing else running (to hold: 1,000,000 in 60 s, adding at most 200 MB of memory)',
    line(few),
    line(many),
    '',
    `Updates at half of their maximum, ${maximum.toFixed(0)} a second`,
    `alone            ${rate(alone)} /s   ${times(alone)}`,
    `beside exports   ${rate(beside)} /s   ${times(beside)}`,
    `ratio            ${(beside.updatesPerSecond / alone.updatesPerSecond).toFixed(2)} × rate (to hold: 0.95)   ${(p99(beside) / p99(alone)).toFixed(2)} × p99 (to hold: 2)`,
    ...besideRuns.map((run) => `beside updates   ${line(run)}`),
  ].join('\n');
}

function line({ contacts, seconds, bytes, memory }: ExportRun): string {
  const memoryText = memory
    ? `adds ${(memory.peak - memory.before).toFixed(0)} MB of memory to ${memory.before.toFixed(0)}`
    : 'memory unknown here';
  const rowRate = Math.round(contacts / seconds).toLocaleString('en');
  return `${contacts.toLocaleString('en')} contacts   ${seconds.toFixed(1)} s   ${rowRate} rows/s   ${(bytes / 1e6).toFixed(0)} MB   ${memoryText}`;
}
