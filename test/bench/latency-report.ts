import type { LoginLatencies } from './login-latency.js';
import { percentile } from './statistics.js';

/** The times from an answer to the login, leg by leg, for people. */
export function latencyReport({ changes, plain }: LoginLatencies): string[] {
  const line = (name: string, values: readonly number[]): string => {
    const cell = (share: number): string => percentile(values, share).toFixed(1).padStart(9);
    return `${name.padEnd(44)}${cell(0.5)}${cell(0.99)}`;
  };
  return [
    `From the HTTP answer to the login changed in the auth app, ${changes.length} changes`,
    `${''.padEnd(44)}   p50 ms   p99 ms`,
    line(
      'the whole way',
      changes.map(({ wholeMs }) => wholeMs),
    ),
    line(
      'answer to the broker that has the record',
      changes.map(({ toBrokerMs }) => toBrokerMs),
    ),
    line(
      'broker to a consumer beside the auth app',
      changes.map(({ toConsumerMs }) => toConsumerMs),
    ),
    line(
      'consumer to the login applied',
      changes.map(({ toAppliedMs }) => toAppliedMs),
    ),
    line("kafkajs' own send to its eachMessage", plain),
  ];
}
