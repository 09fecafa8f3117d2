import type { DrainMeasurement } from './measure-drain.js';

/** The figures of a run, for people. */
export function drainReport({ rows, rowsASecond, plainRowsASecond, cpuMicrosARow, idleMb, memoryMb }: DrainMeasurement): string {
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  return [
    '',
    `An outbox of ${whole(rows)} rows`,
    `relay            ${whole(rowsASecond)} rows/s, ${(rowsASecond / plainRowsASecond).toFixed(2)} × kafkajs' own send`,
    `kafkajs' send    ${whole(plainRowsASecond)} rows/s`,
    `relay's CPU      ${cpuMicrosARow.toFixed(0)} µs a row, its start included`,
    `relay's memory   ${whole(memoryMb)} MB at most, ${whole(idleMb)} MB with nothing to publish`,
  ].join('\n');
}
