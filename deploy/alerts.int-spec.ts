import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { dump, load } from 'js-yaml';
import { hasProgram, missing } from './manifests/missing.js';

interface Rules {
  groups: { rules: { alert: string; annotations: { runbook: string } }[] }[];
}
interface Series {
  series: string;
  values: string;
}
interface Case {
  name: string;
  input_series: Series[];
  promql_expr_test: { expr: string; eval_time: string; exp_samples: object[] }[];
}
const HEALTHY = 'a healthy system raises none';
const read = (file: string): unknown => load(readFileSync(`deploy/prometheus/${file}`, 'utf8'));
const alerts = (read('alerts.yml') as Rules).groups.flatMap(({ rules }) => rules);
const cases = (read('alerts.test.yml') as { tests: Case[] }).tests;
const promtool = (...args: string[]) => spawnSync('promtool', args, { cwd: 'deploy/prometheus', encoding: 'utf8' });

describe('the alerts', () => {
  it('when their cases happen / are raised, and in a healthy system they are not', () => {
    if (!hasProgram('promtool')) return missing('promtool');
    expect(promtool('check', 'rules', 'alerts.yml')).toMatchObject({ status: 0 });
    expect(promtool('test', 'rules', 'alerts.test.yml')).toMatchObject({ status: 0 });
  });

  it('when they are counted / each has a case of its own', () => {
    expect(cases.map(({ name }) => name)).toEqual([...alerts.map(({ alert }) => alert), HEALTHY]);
  });

  it('when one of two deployments is sick / each is raised for that one', () => {
    if (!hasProgram('promtool')) return missing('promtool');
    expect(
      judged(cases.filter(({ name }) => name !== HEALTHY).map((sick) => besideHealthy(sick.name, sick.input_series))),
    ).toMatchObject({
      status: 0,
    });
  });

  it.each(['gateway', 'auth'])('when one of two deployments has no %s / the alert names both', (app) => {
    if (!hasProgram('promtool')) return missing('promtool');
    const other = app === 'gateway' ? 'auth' : 'gateway';
    const left = { series: `up{job="contact-sync-${other}",instance="x"}`, values: '1x10' };
    expect(judged([besideHealthy('ContactSyncDown', [left], `job="contact-sync-${app}"`)])).toMatchObject({ status: 0 });
  });

  it.each(alerts.map(({ alert, annotations }) => [alert, annotations.runbook]))(
    'when %s names its runbook / the heading exists',
    (alert, link) => {
      expect(link).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
      expect(readFileSync('docs/runbook.md', 'utf8')).toContain(`\n### ${alert}\n`);
    },
  );
});

const of = (namespace: string, all: Series[]): Series[] =>
  all.map(({ series, values }) => ({ series: series.replace('{', `{namespace="${namespace}",`), values }));

/** A case in which the alert is expected for the namespace "sick" alone, once. */
function besideHealthy(alert: string, series: Series[], labels = ''): Case {
  const healthy = cases.find(({ name }) => name === HEALTHY)!;
  const firing = `ALERTS{alertname="${alert}",alertstate="firing"`;
  return {
    name: `${alert} beside a healthy deployment`,
    input_series: [...of('well', healthy.input_series), ...of('sick', series)],
    promql_expr_test: [
      {
        expr: `count by (namespace) (${firing}${labels && `,${labels}`}})`,
        eval_time: '8m',
        exp_samples: [{ labels: '{namespace="sick"}', value: 1 }],
      },
    ],
  };
}

function judged(tests: Case[]) {
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
  const file = join(folder, 'cases.yml');
  const rules = resolve('deploy/prometheus/alerts.yml');
  writeFileSync(
    file,
    dump({ rule_files: [rules], evaluation_interval: '1m', tests: tests.map((each) => ({ interval: '1m', ...each })) }),
  );
  try {
    return promtool('test', 'rules', file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
