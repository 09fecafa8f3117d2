import { loadavg } from 'node:os';
import { PARTS } from '../cpu.js';
import { legs, legsHead, timesRow } from '../latency-report.js';
import { percentile } from '../statistics.js';
import type { Latencies } from './measure-latency.js';

/** The figures of a run, for people. */
export function pacedReport({ options, changes, changeCpu, relayed, plain }: Latencies): string {
  const { perSecond, eventsPerSecond } = options;
  const cpu = changeCpu && PARTS.map((part) => `${part} ${changeCpu[part].toFixed(0)}`).join(', ');
  return [
    '',
    `${changes.length} changes of logins' emails, ${perSecond} a second, from the HTTP answer to the login changed in the auth app`,
    legsHead,
    ...legs(changes),
    ...(cpu === undefined ? [] : [`CPU µs a change: ${cpu}`]),
    '',
    `${relayed.length} updates, ${eventsPerSecond} a second`,
    legsHead,
    timesRow('HTTP answer to a consumer, by the relay', relayed),
    timesRow("kafkajs' own send to its eachMessage", plain),
    `relay less kafkajs, p50: ${(percentile(relayed, 0.5) - percentile(plain, 0.5)).toFixed(1)} ms`,
    `Load of the machine at the end: ${loadavg()[0]!.toFixed(1)}.`,
  ].join('\n');
}
