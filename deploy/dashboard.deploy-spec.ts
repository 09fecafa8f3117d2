import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, freePort } from '#app/system/testing';
import { hasProgram, missing } from './manifests/missing.js';
import { RolloutContext } from './manifests/rollout.context.js';
import { fromCompose } from './manifests/rollout.sources.js';

const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
const PASSWORD = 'correct horse battery';

interface Panel {
  title: string;
  targets?: { expr: string }[];
}
const { panels } = JSON.parse(readFileSync('deploy/grafana/contact-sync.json', 'utf8')) as { panels: Panel[] };
const shown = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }): [string, string] => [title, expr]));

describe('what a running system tells Prometheus', () => {
  if (!hasProgram('promtool') || !hasProgram('prometheus')) {
    it('when prometheus is missing / is not checked on this machine', () => missing('prometheus'));
    return;
  }
  let context: RolloutContext;
  let prometheus: ChildProcess;
  let port: number;

  beforeAll(async () => {
    context = await RolloutContext.create(fromCompose, folder);
    await context.setUp();
    await Promise.all([context.start('gateway'), context.start('auth')]);
    port = await freePort();
    prometheus = scrape(port);
    const contact = await context.createContact({ email: 'shown@dashboard.example', password: PASSWORD });
    await context.untilLogin(contact);
  }, 120_000);
  afterAll(async () => {
    prometheus?.kill('SIGTERM');
    await (prometheus && once(prometheus, 'exit'));
    await context?.close();
    rmSync(folder, { recursive: true });
  }, 30_000);

  function scrape(listen: number): ChildProcess {
    const jobs = (['gateway', 'auth'] as const).map((app) => ({
      job_name: `contact-sync-${app}`,
      static_configs: [{ targets: context.running(app).map(({ url }) => new URL(url).host) }],
    }));
    const rule_files = [resolve('deploy/prometheus/alerts.yml')];
    const config = { global: { scrape_interval: '1s', evaluation_interval: '1s' }, rule_files, scrape_configs: jobs };
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const flags = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`];
    return spawn('prometheus', [...flags, `--web.listen-address=127.0.0.1:${listen}`], { stdio: 'ignore' });
  }

  const query = async (expr: string): Promise<{ value: [number, string] }[]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const { status, data, error } = (await answer.json()) as any;
    if (status !== 'success') throw new Error(error);
    return data.result;
  };

  it.each(['gateway', 'auth'] as const)('when promtool checks the metrics of the %s / it finds no fault', async (app) => {
    const text = await (await fetch(`${context.running(app)[0]!.url}/metrics`)).text();
    expect(spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it.each(shown)('when the panel %s asks for %s / it has data', async (_, expr) => {
    // Without requests a quantile is not a number: requests are made until it is one.
    await eventually(
      async () => {
        await context.touch();
        const asked = expr.replaceAll('$__rate_interval', '20s');
        expect(await query(asked.replaceAll('$namespace', 'another'))).toEqual([]);
        const values = await query(asked.replaceAll('$namespace', '.*'));
        if (values.length === 0 || values.every(({ value }) => value[1] === 'NaN')) throw new Error('No data.');
      },
      { timeoutMs: 25_000 },
    );
  });

  it('when the auth app is away / the alert of a process that does not answer waits to be raised', async () => {
    const [auth] = context.running('auth');
    await context.terminate('auth', auth!);
    await eventually(async () => expect(await query('ALERTS{alertname="ContactSyncDown"}')).not.toEqual([]), {
      timeoutMs: 20_000,
    });
  }, 40_000);
});
