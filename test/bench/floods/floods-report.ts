import type { Round } from '../load.js';
import { rateOf, row } from '../report.js';
import { median, percentile } from '../statistics.js';
import type { FloodMeasurements } from './measure-floods.js';

/** The figures of a run, as a table for people. */
export function floodsReport({ calm, setting, signingIn, floods, known, unknown }: FloodMeasurements): string {
  const roundsRow = (name: string, rounds: Round[]): string => {
    const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
    const share = `${((100 * rateOf(rounds)) / rateOf(calm)).toFixed(0)} %`;
    return row(
      name,
      rateOf(rounds).toFixed(0),
      share,
      percentile(latencies, 0.5).toFixed(1),
      percentile(latencies, 0.99).toFixed(1),
    );
  };
  const flood = (name: keyof typeof floods): string => `${floods[name].hashed} hashed, ${floods[name].refused} refused`;
  return [
    '',
    `Updates while passwords flood in, medians of ${calm.length} alternating rounds`,
    row('', 'updates/s', 'of calm', 'p50 ms', 'p99 ms'),
    roundsRow('calm', calm),
    roundsRow('passwords set', setting),
    roundsRow('sign-ins', signingIn),
    `Passwords set: ${flood('setting')}; sign-ins: ${flood('signingIn')}`,
    '',
    `Failed sign-ins, medians of ${known.length}: of a login ${median(known).toFixed(2)} ms, of none ${median(unknown).toFixed(2)} ms: ` +
      `${(100 * (median(known) / median(unknown) - 1)).toFixed(1)} % apart`,
  ].join('\n');
}
