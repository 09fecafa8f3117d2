import { table } from '#app/terminal';
import { FORMER } from '../former-release.js';
import type { Release } from './mixed-system.js';
import type { DrillResult } from './run.js';

const SHOWN = 20;
const NAMES: Record<Release, string> = { former: FORMER.name, current: 'N' };

/** The result for people. */
export function report({ seed, steps, requests, events, signIns, companyChanges, violations }: DrillResult): string {
  const head = ['step', 'gateways', 'auth apps', 'publishes', 'seconds', 'ok', 'refused'];
  const rows = steps.map(({ step: { name, formation, publishes }, seconds, requests: { ok, fail } }) => [
    name,
    formation.gateway.map((each) => NAMES[each]).join(' '),
    formation.auth.map((each) => NAMES[each]).join(' '),
    NAMES[publishes],
    seconds.toFixed(0),
    ...[ok, fail].map(String),
  ]);
  return [
    table([head, ...rows]),
    '',
    `Seed ${seed}. Release ${FORMER.name} beside N: ${requests.ok} requests answered, ${requests.fail} refused, ${requests.info} unknown; ` +
      `${events} events read back; ${companyChanges} changes of a company; ${signIns} sign-ins, each used at every auth app.`,
    ...violations.slice(0, SHOWN).map((each) => `  ${each}`),
    ...(violations.length > SHOWN ? [`  … and ${violations.length - SHOWN} more`] : []),
    violations.length === 0
      ? '0 violations: no answer is lost, versions are whole, logins are equal, every event fits its schema, verify finds no difference.'
      : `${violations.length} violations. Run it again with --seed ${seed}; a migration or a format that the former release cannot read is the usual cause (docs/upgrade.md).`,
  ].join('\n');
}
