import { availableParallelism, loadavg } from 'node:os';
import type { ReplayMeasurement, ReplayPass } from './measure-replay.js';

/** The figures of a run, for people. */
export function replayReport({ records, opening, fresh, known }: ReplayMeasurement): string {
  const rest = fresh.cpu && fresh.cpu.auth - opening.cpuMicros;
  return [
    '',
    `An auth app reads ${records.toLocaleString('en')} logins, each with a seal of its own`,
    `one opening alone   ${opening.cpuMicros.toFixed(0)} µs of CPU, ${opening.elapsedMicros.toFixed(0)} µs elapsed with ${availableParallelism()} cores`,
    line('new records', fresh),
    `                    ${(1e6 / fresh.recordsASecond / opening.elapsedMicros).toFixed(2)} × the time of the openings; CPU of the auth app for the rest: ${rest?.toFixed(0) ?? '?'} µs a record`,
    line('known records', known),
    `Load of the machine at the end: ${loadavg()[0]!.toFixed(1)}.`,
  ].join('\n');
}

const line = (name: string, { recordsASecond, cpu }: ReplayPass): string =>
  `${name.padEnd(20)}${Math.round(recordsASecond).toLocaleString('en')} records/s; CPU µs a record: auth app ${cpu?.auth.toFixed(0) ?? '?'}, PostgreSQL ${cpu?.postgres.toFixed(0) ?? '?'}, Kafka ${cpu?.kafka.toFixed(0) ?? '?'}`;
