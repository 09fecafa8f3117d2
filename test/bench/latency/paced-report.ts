import { loadavg } from 'node:os';
import { PARTS } from '../cpu.js';
import { legs, legsHead, timesRow } from '../latency-report.js';
import { percentile } from '../statistics.js';
import type { EventTimes } from '../record-watch.js';
import type { Latencies } from './measure-latency.js';

/** The figures of a run, for people. */
export function pacedReport({ options, changes, changeCpu, relayed, beside, alone }: Latencies): string {
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
    ...eventLegs('HTTP answer to a consumer, by the relay', relayed),
    ...eventLegs("kafkajs' own send to eachMessage, beside it", beside),
    ...eventLegs("kafkajs' own send to eachMessage, alone", alone),
    `relay less kafkajs, p50: ${lessP50(relayed, beside)} ms beside it, ${lessP50(relayed, alone)} ms alone`,
    `Load of the machine at the end: ${loadavg()[0]!.toFixed(1)}.`,
  ].join('\n');
}

const eventLegs = (name: string, times: readonly EventTimes[]): string[] => [
  timesRow(name, wholeOf(times)),
  timesRow(
    '  of it to the broker that has the record',
    times.map(({ toBrokerMs }) => toBrokerMs),
  ),
  timesRow(
    '  of it from there to the consumer',
    times.map(({ toConsumerMs }) => toConsumerMs),
  ),
];

const lessP50 = (some: readonly EventTimes[], others: readonly EventTimes[]): string =>
  (percentile(wholeOf(some), 0.5) - percentile(wholeOf(others), 0.5)).toFixed(1);

const wholeOf = (times: readonly EventTimes[]): number[] => times.map(({ wholeMs }) => wholeMs);
