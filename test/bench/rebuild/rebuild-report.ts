import { percentile } from '../statistics.js';
import type { RebuildMeasurement } from './measure-rebuild.js';

/** The figures of a run, for people. */
export function rebuildReport(measured: RebuildMeasurement): string {
  const { logins, prepareSeconds, records, swapSeconds, heldMs, signInsMs, refused, sessionGoesOn, same } = measured;
  return [
    '',
    `A rebuild of ${logins.toLocaleString('en')} logins, in the auth app's database, while it serves`,
    `new projection   ${prepareSeconds.toFixed(1)} s, ${Math.round(records / prepareSeconds).toLocaleString('en')} records/s`,
    `swap             ${swapSeconds.toFixed(1)} s, changes of logins waited for ${heldMs} ms of it`,
    `compared         ${same.toLocaleString('en')} the same`,
    `sign-ins         ${signInsMs.length}, ${refused} refused, p50 ${percentile(signInsMs, 0.5).toFixed(0)} ms, p99 ${percentile(signInsMs, 0.99).toFixed(0)} ms`,
    `session before   ${sessionGoesOn ? 'goes on' : 'is over'}`,
  ].join('\n');
}
