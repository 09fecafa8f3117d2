import { Command, Option } from 'commander';
import { runInFolder } from '#app/system';
import { table } from '#app/terminal';
import { sayer } from '../say.js';
import { CAUSES, SLOW_ALERTS } from './causes.js';
import { Prometheus } from './prometheus.js';
import { runAlertDrill, WITHIN_SECONDS, type AlertResult } from './run.js';

const ALERTS = CAUSES.flatMap(({ alerts }) => alerts);
const HELP = `
Each fault is caused in a running system, one after the other, and repaired; ten minutes in all. An alert counts from the fault until Prometheus says
that it fires, which must be within ${WITHIN_SECONDS} s. Needs prometheus on the path. Runs in a temporary folder.
Left out, since their rules wait longer on purpose: ${SLOW_ALERTS.join(', ')}.
Exit code 1 where an alert does not fire in time.

Examples
  npm run alert-drill
  npm run alert-drill -- --alert ContactSyncDown`;

const command = new Command('npm run alert-drill --')
  .description('Causes the faults of the runbook, and waits for their alerts in a real Prometheus.')
  .addOption(new Option('--alert <name>', 'only the fault of this alert').choices(ALERTS))
  .option('--json', 'prints the result as JSON', false)
  .addHelpText('after', HELP);

const { alert, json } = command.parse().opts<{ alert?: string; json: boolean }>();
if (!Prometheus.isThere())
  command.error('error: prometheus is not on the path. Install it (Debian: apt-get install prometheus), then run this again.');

const report = (results: readonly AlertResult[]): string =>
  [
    table([
      ['fault', 'alert', 'seconds'],
      ...results.map(({ fault, alert: name, seconds }) => [
        fault,
        name,
        seconds === null ? `not within ${WITHIN_SECONDS}` : seconds.toFixed(0),
      ]),
    ]),
    results.every(({ seconds }) => seconds !== null)
      ? `All ${results.length} alerts fire within ${WITHIN_SECONDS} s. docs/runbook.md says what to do for each.`
      : 'An alert is missing: compare its rule in deploy/prometheus/alerts.yml with /metrics during the fault (--alert runs it alone).',
  ].join('\n');

const code = await runInFolder('alert-drill', async (host) => {
  const results = await runAlertDrill(alert, host, sayer());
  console.log(json ? JSON.stringify(results, null, 2) : report(results));
  return results.every(({ seconds }) => seconds !== null) ? 0 : 1;
});
process.exit(code);
