import { counted, table } from '#app/terminal';
import type { ScenarioResult } from './scenarios.js';

/** The result for people: a table, then every lost answer. */
export function report(results: readonly ScenarioResult[]): string {
  const head = [
    'scenario',
    'answered',
    'lost answers',
    'of them on the topics',
    'seconds to repair',
    'differences',
    'violations',
  ];
  const rows = results.map(({ name, answered, lost, seconds, differences, violations }) => [
    name,
    String(answered),
    String(lost.length),
    String(lost.filter(({ isOnTopics }) => isOnTopics).length),
    seconds.toFixed(1),
    String(differences),
    String(violations.length),
  ]);
  const isWell = results.every(isUnharmed);
  return [
    ...results.flatMap(lostLines),
    table([head, ...rows]),
    ...results.flatMap(({ name, violations }) => violations.slice(0, 10).map((each) => `  ${name}: ${each}`)),
    isWell
      ? 'Every scenario was repaired: 0 differences. Tell the callers of the lost answers; docs/runbook.md says what else no event does.'
      : 'Not repaired: compare the steps with docs/runbook.md, then run the scenario alone with --scenario.',
  ].join('\n');
}

/** Whether nothing differs after the repair. */
export const isUnharmed = ({ differences, violations }: ScenarioResult): boolean => differences === 0 && violations.length === 0;

const lostLines = ({ name, lost }: ScenarioResult): string[] =>
  lost.length === 0
    ? []
    : [
        `${name}: ${counted(lost.length, 'answered change')} that the restored database lacks`,
        table([
          ['at', 'what', 'contact', 'answered version', 'restored version', 'on the topics', 'request id'],
          ...lost.map(({ at, kind, contactId, version, restored, isOnTopics, requestId }) => [
            at,
            kind,
            String(contactId),
            String(version ?? '-'),
            String(restored ?? 'none'),
            isOnTopics ? 'yes' : 'no',
            requestId,
          ]),
        ]),
        '',
      ];
