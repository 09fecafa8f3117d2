import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { hasProgram, missing } from './manifests/missing.js';

interface Rules {
  groups: { rules: { alert: string; annotations: { runbook: string } }[] }[];
}
const read = (file: string): unknown => load(readFileSync(`deploy/prometheus/${file}`, 'utf8'));
const alerts = (read('alerts.yml') as Rules).groups.flatMap(({ rules }) => rules);
const promtool = (...args: string[]) => spawnSync('promtool', args, { cwd: 'deploy/prometheus', encoding: 'utf8' });

describe('the alerts', () => {
  it('when their cases happen / are raised, and in a healthy system they are not', () => {
    if (!hasProgram('promtool')) return missing('promtool');
    expect(promtool('check', 'rules', 'alerts.yml')).toMatchObject({ status: 0 });
    expect(promtool('test', 'rules', 'alerts.test.yml')).toMatchObject({ status: 0 });
  });

  it('when they are counted / each has a case of its own', () => {
    const cases = (read('alerts.test.yml') as { tests: { name: string }[] }).tests.map(({ name }) => name);
    expect(cases).toEqual([...alerts.map(({ alert }) => alert), 'a healthy system raises none']);
  });

  it.each(alerts.map(({ alert, annotations }) => [alert, annotations.runbook]))(
    'when %s names its runbook / the heading exists',
    (alert, link) => {
      expect(link).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
      expect(readFileSync('docs/runbook.md', 'utf8')).toContain(`\n### ${alert}\n`);
    },
  );
});
