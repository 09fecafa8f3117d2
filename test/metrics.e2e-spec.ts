import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AuthWorld } from './auth.harness.js';
import { TestGateway } from './gateway.harness.js';

/** Files in which each name that begins with contact_sync_ is that of a metric. */
const FILES = [
  'deploy/prometheus/alerts.yml',
  'deploy/prometheus/alerts.test.yml',
  'deploy/grafana/contact-sync.json',
  'docs/runbook.md',
  'docs/reliability.md',
  'docs/attacks.md',
];

let world: AuthWorld;
let gateway: TestGateway;
let exported: Set<string>;

const namesIn = async (url: string): Promise<string[]> =>
  [...(await (await fetch(`${url}/metrics`)).text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);

beforeAll(async () => {
  world = await AuthWorld.create();
  gateway = await TestGateway.start();
  const auth = await world.start();
  exported = new Set([...(await namesIn(gateway.url)), ...(await namesIn(auth.url))]);
});
afterAll(async () => {
  await gateway?.stop();
  await world?.close();
});

it.each(FILES)('when %s names a metric / an app exports it', (file) => {
  const named = new Set(readFileSync(file, 'utf8').match(/\bcontact_sync_\w+/g));
  // A histogram has three series.
  const isExported = (name: string): boolean => exported.has(name) || exported.has(name.replace(/_(bucket|count|sum)$/, ''));
  expect(named.size).toBeGreaterThan(0);
  expect([...named].filter((name) => !isExported(name))).toEqual([]);
});
