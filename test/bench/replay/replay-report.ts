import { availableParallelism, loadavg } from 'node:os';
import { median } from '../statistics.js';
import type { Part } from '../cpu.js';
import type { ReplayPass, ReplayRound } from './measure-replay.js';

/** The figures of a run, for people: medians of its rounds. */
export function replayReport(logins: number, rounds: readonly ReplayRound[]): string {
  const of = (valueOf: (round: ReplayRound) => number): number => median(rounds.map(valueOf));
  const [openingCpu, openingTime] = [of(({ opening }) => opening.cpuMicros), of(({ opening }) => opening.elapsedMicros)];
  const cpu = of(({ fresh, opening }) => cpuOf(fresh, 'auth') / opening.cpuMicros);
  const time = of(({ fresh, opening }) => 1e6 / fresh.recordsASecond / opening.elapsedMicros);
  const rests = rounds.map(({ fresh, opening }) => cpuOf(fresh, 'auth') - opening.cpuMicros);
  return [
    '',
    `An auth app reads ${logins.toLocaleString('en')} logins, each with a seal of its own; medians of ${rounds.length} rounds`,
    `one opening alone   ${openingCpu.toFixed(0)} µs of CPU, ${openingTime.toFixed(0)} µs elapsed with ${availableParallelism()} cores`,
    line(
      'new records',
      rounds.map(({ fresh }) => fresh),
    ),
    `                    ${cpu.toFixed(2)} × the CPU of the openings, ${time.toFixed(2)} × their time; CPU of the auth app for the rest: ${median(rests).toFixed(0)} µs a record (${Math.min(...rests).toFixed(0)} to ${Math.max(...rests).toFixed(0)})`,
    line(
      'known records',
      rounds.map(({ known }) => known),
    ),
    `Load of the machine at the end: ${loadavg()[0]!.toFixed(1)}.`,
  ].join('\n');
}

const cpuOf = ({ cpu }: ReplayPass, part: Part): number => cpu?.[part] ?? NaN;

function line(name: string, passes: readonly ReplayPass[]): string {
  const of = (valueOf: (pass: ReplayPass) => number): number => Math.round(median(passes.map(valueOf)));
  const [auth, postgres, kafka] = (['auth', 'postgres', 'kafka'] as const).map((part) => of((pass) => cpuOf(pass, part)));
  const rate = of(({ recordsASecond }) => recordsASecond).toLocaleString('en');
  const used = of(({ memory }) => memory ?? NaN);
  return `${name.padEnd(20)}${rate} records/s; CPU µs a record: auth app ${auth}, PostgreSQL ${postgres}, Kafka ${kafka}; memory of the auth app ${used} MiB`;
}
