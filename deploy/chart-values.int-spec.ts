import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { CHART, hasTool, manifestsOf, render, tool, valuesArgs, type Manifest } from './manifests/helm.js';
import { missing } from './manifests/missing.js';

type Value = null | string | number | boolean | Value[] | Values;
type Values = { [name: string]: Value };

const folder = mkdtempSync(join(tmpdir(), 'chart-values-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BROKERS = { kafka: { brokers: 'kafka:9093' } };
const DEFAULTS = load(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Values;

const isValues = (value: Value): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);
const isLeaf = (value: Value): boolean => !isValues(value) || Object.keys(value).length === 0;

/** Values with each leaf replaced. */
const withLeaves = (values: Values, leafOf: (value: Value, path: string) => Value, above = ''): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const path = `${above}${name}`;
      return [name, isValues(value) && !isLeaf(value) ? withLeaves(value, leafOf, `${path}.`) : leafOf(value, path)];
    }),
  );

/** A release of any name. */
function released(name: string, values: object): Manifest[] {
  const { status, output } = tool('helm', ['template', name, CHART, '--kube-version', '1.37.0', ...valuesArgs(values, folder)]);
  if (status !== 0) throw new Error(output);
  return manifestsOf(output);
}

/** What may be null, and is empty then; the figures of resources too. */
const NULLABLE = [
  'image.tag',
  'image.digest',
  'image.pullPolicy',
  'imagePullSecrets',
  'serviceAccountName',
  'trust.configMap',
  'trust.secret',
  'kafka.oauth.tokenUrl',
  'kafka.oauth.scope',
  'gateway.kafkaUser.usernameKey',
  'gateway.setUp.kafkaUser.usernameKey',
  'auth.kafkaUser.usernameKey',
  ...['gateway', 'auth'].flatMap((app) =>
    ['settings', 'service.annotations', 'podAnnotations', 'nodeSelector', 'tolerations', 'priorityClassName'].map(
      (name) => `${app}.${name}`,
    ),
  ),
  'networkPolicy.gatewayClients',
  'networkPolicy.authClients',
  'networkPolicy.databases',
  'networkPolicy.brokers',
  'networkPolicy.furtherEgress',
  'serviceMonitor.labels',
];

describe('the values of the Helm chart', () => {
  if (!hasTool('helm') || !hasTool('kubernetes_validate')) {
    it('when helm is missing / are not checked on this machine', () => missing('helm or kubernetes-validate'));
    return;
  }

  it('when each is null / are not rendered, and each one that is needed is named', () => {
    const { status, output } = render(
      valuesArgs(
        withLeaves(DEFAULTS, () => null),
        folder,
      ),
    );
    expect(status).not.toBe(0);
    const named = [...output.matchAll(/at '\/?(.*)': missing propert(?:y|ies) (.*)/g)].flatMap(([, at, names]) =>
      [...names!.matchAll(/'([^']+)'/g)].map(([, name]) => [...at!.split('/'), name].filter(Boolean).join('.')),
    );
    const passed: string[] = [];
    withLeaves(DEFAULTS, (value, path) => {
      if (!named.includes(path) && !path.includes('.resources.')) passed.push(path);
      return value;
    });
    expect(passed.sort()).toEqual(NULLABLE.sort());
  });

  it('when those that may be null are / are as if they were empty', () => {
    const nothing = withLeaves(DEFAULTS, (value, path) =>
      NULLABLE.includes(path) || path.includes('.resources.') ? null : value,
    );
    const { status } = render(valuesArgs({ ...nothing, kafka: BROKERS.kafka }, folder));
    expect(status).toBe(0);
  });

  it.each(['image', 'topics', 'database', 'shutdown', 'auth', 'refreshQuiet', 'networkPolicy', 'serviceMonitor'])(
    'when %s is null as a whole / are not rendered, and it is named',
    (name) => {
      const { status, output } = render(valuesArgs({ ...BROKERS, [name]: null }, folder));
      expect(status).not.toBe(0);
      expect(output).toContain(`missing property '${name}'`);
    },
  );

  it.each(['123', 'true', 'null', '0x1f', '1.10', '1_000', '2020-01-01'])('when each name is %s / keep it a text', (text) => {
    const NAMES = /(^|\.)(secret|\w*[kK]ey|configMap|tag|repository|serviceAccountName|priorityClassName|lagMetric|prefix)$/;
    const values = withLeaves(DEFAULTS, (value, path) => {
      if (path.endsWith('enabled')) return true;
      return NAMES.test(path) ? text : value;
    }) as Values & { kafka: Values };
    const { output } = render(valuesArgs({ ...values, kafka: { ...values.kafka, ...BROKERS.kafka } }, folder));
    const judged = tool('kubernetes_validate', ['--strict', '--kubernetes-version', '1.37.0', '-'], output);
    expect(judged).toMatchObject({ status: 0 });
    expect(judged.output).toContain('passed for resource');
  });

  it.each([
    ['the port of kafka.brokers is another', 'kafka:9196', [9092, 9093, 9094, 9196]],
    ['kafka.brokers has several ports', 'a:9196,b:9197, c:9196', [9092, 9093, 9094, 9196, 9197]],
    ['kafka.brokers has a port of the list', 'kafka:9093', [9092, 9093, 9094]],
  ])('when %s / open it beside those of the list', (_, brokers, ports) => {
    const policies = released('try', { kafka: { brokers } }).filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies).toHaveLength(5);
    for (const { spec } of policies) {
      const { egress } = spec as { egress: { ports: { port: number }[] }[] };
      expect(egress[2]!.ports.map(({ port }) => port)).toEqual(ports);
    }
  });
});

describe('values of the Helm chart that contradict each other', () => {
  if (!hasTool('helm')) {
    it('when helm is missing / are not checked on this machine', () => missing('helm'));
    return;
  }

  it.each(['gateway', 'auth'])('when the largest number of pods of the %s is below the smallest / are not rendered', (app) => {
    const values = { ...BROKERS, [app]: { autoscaling: { enabled: true, minReplicas: 4, maxReplicas: 3 } } };
    expect(() => released('try', values)).toThrow(
      `${app}.autoscaling.maxReplicas must not be less than ${app}.autoscaling.minReplicas`,
    );
  });
});

describe('a release of the Helm chart', () => {
  if (!hasTool('helm')) {
    it('when helm is missing / is not checked on this machine', () => missing('helm'));
    return;
  }

  it.each([36, 37, 40, 43, 44, 47, 48, 53])('when its name has %i characters / each object has a name of its own', (length) => {
    const all = released('a'.repeat(length), BROKERS);
    const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { metadata } of all) expect(metadata.name).toMatch(/^[a-z][-a-z0-9]{0,51}$/);
  });

  it('when two long names begin alike / the objects of both have other names', () => {
    const [one, other] = ['b', 'c'].map((last) =>
      released(`${'a'.repeat(52)}${last}`, BROKERS).map(({ metadata }) => metadata.name),
    );
    expect(one!.filter((name) => other!.includes(name))).toEqual([]);
  });

  it.each(['1234', 'my.release'])('when its name is %s, which no Service can have / is not rendered and says why', (name) => {
    expect(() => released(name, BROKERS)).toThrow(`a release named ${name} can have no Service`);
  });

  it.each(['true', 'null', 'on'])('when its name is %s / its labels are texts', (name) => {
    for (const { metadata } of released(name, BROKERS))
      expect(metadata).toHaveProperty(['labels', 'app.kubernetes.io/instance'], name);
  });

  it('when its version has build metadata / its labels and its tag are in the alphabet of labels and tags', () => {
    const versions = ['--version', '1.1.0+build.7', '--app-version', '1.1.0+build.7', '--destination', folder];
    expect(tool('helm', ['package', CHART, ...versions])).toMatchObject({ status: 0 });
    const chart = join(folder, 'contact-sync-1.1.0+build.7.tgz');
    const { output } = tool('helm', ['template', 'try', chart, '--kube-version', '1.37.0', ...valuesArgs(BROKERS, folder)]);
    expect(output).toContain('image: "contact-sync:1.1.0_build.7"');
    expect(output).not.toContain('1.1.0+build.7');
  });

  it('when a probe fails whose failure ends the container / it has asked for the process alone', () => {
    const deployments = released('try', BROKERS).filter(({ kind }) => kind === 'Deployment');
    expect(deployments).toHaveLength(2);
    for (const { spec } of deployments) {
      const { template } = spec as { template: { spec: { containers: Record<string, { httpGet: { path: string } }>[] } } };
      const [container] = template.spec.containers;
      expect(['startupProbe', 'livenessProbe'].map((name) => container![name]!.httpGet.path)).toEqual([
        '/health/live',
        '/health/live',
      ]);
    }
  });
});
