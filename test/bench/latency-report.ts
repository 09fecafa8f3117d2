import type { ChangeTimes, LoginLatencies } from './login-latency.js';
import { percentile } from './statistics.js';

/** The times from an answer to the login, leg by leg, for people. */
export const latencyReport = ({ changes, plain }: LoginLatencies): string[] => [
  `From the HTTP answer to the login changed in the auth app, ${changes.length} changes`,
  legsHead,
  ...legs(changes),
  timesRow("kafkajs' own send to its eachMessage", plain),
];

export const legsHead = `${''.padEnd(44)}   p50 ms   p99 ms`;

/** The whole way of changes and each of its legs. */
export const legs = (changes: readonly ChangeTimes[]): string[] => [
  timesRow(
    'the whole way',
    changes.map(({ wholeMs }) => wholeMs),
  ),
  timesRow(
    'answer to the broker that has the record',
    changes.map(({ toBrokerMs }) => toBrokerMs),
  ),
  timesRow(
    'broker to a consumer beside the auth app',
    changes.map(({ toConsumerMs }) => toConsumerMs),
  ),
  timesRow(
    'consumer to the login applied',
    changes.map(({ toAppliedMs }) => toAppliedMs),
  ),
];

export function timesRow(name: string, values: readonly number[]): string {
  const cell = (share: number): string => percentile(values, share).toFixed(1).padStart(9);
  return `${name.padEnd(44)}${cell(0.5)}${cell(0.99)}`;
}
