import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SETTINGS_IN_FILES } from '#app/settings';
import {
  CHART,
  EXAMPLES,
  hasTool,
  manifestsOf,
  render,
  tool,
  valuesArgs,
  type Manifest as AnyManifest,
} from './manifests/helm.js';
import { missing } from './manifests/missing.js';

const folder = mkdtempSync(join(tmpdir(), 'chart-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BROKERS = { kafka: { brokers: 'kafka:9093' } };
const EVERYTHING = {
  ...BROKERS,
  trust: { configMap: 'authorities' },
  eventMacKeys: { secret: 'mac-keys', key: 'jwks' },
  gateway: {
    kafkaUser: { secret: 'gateway-user' },
    setUp: { apiToken: { secret: 'api-token', key: 'token' } },
    autoscaling: { enabled: true },
    settings: { API_RATE_LIMIT: '600' },
  },
  auth: {
    kafkaUser: { secret: 'auth-user', usernameKey: 'username' },
    kafkaCertificate: { secret: 'auth-certificate' },
    operatorToken: { secret: 'operator-token', key: 'token' },
    secret: { secret: 'auth-secret', key: 'secret' },
    autoscaling: { enabled: true },
  },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
};

/** Secrets can be in files; a CA can be too, and is none. */
const SECRETS = SETTINGS_IN_FILES.filter((name) => name !== 'KAFKA_SSL_CA');

type Manifest = Omit<AnyManifest, 'spec'> & { spec: any };

const manifests = (values: string | object): Manifest[] => {
  const { status, output } = render(valuesArgs(values, folder));
  if (status !== 0) throw new Error(output);
  return manifestsOf(output);
};
const named = (all: Manifest[], kind: string, name: string): Manifest =>
  all.find((each) => each.kind === kind && each.metadata.name === `try-${name}`)!;
/** The variables of the only container, by name. */
const envOf = ({ spec: { jobTemplate, ...own } }: Manifest): Map<string, { value?: string }> => {
  const { env } = (jobTemplate?.spec ?? own).template.spec.containers[0] as { env: { name: string; value?: string }[] };
  return new Map(env.map((each) => [each.name, each]));
};
const secretsOf = (manifest: Manifest): string[] =>
  [...JSON.stringify(manifest).matchAll(/"(?:secretKeyRef":\{"name|secretName)":"([^"]+)"/g)].map(([, name]) => name!).sort();

describe('the Helm chart', () => {
  if (!hasTool('helm') || !hasTool('kubernetes_validate')) {
    it('when helm is missing / is not checked on this machine', () => missing('helm or kubernetes-validate'));
    return;
  }

  it.each<[string, string | object]>([...EXAMPLES.map((name): [string, string] => [name, name]), ['everything', EVERYTHING]])(
    'with the values of %s / passes lint and the schemas of Kubernetes 1.37',
    (_, values) => {
      const args = valuesArgs(values, folder);
      expect(tool('helm', ['lint', '--strict', CHART, ...args])).toMatchObject({ status: 0 });
      const { output } = render(args);
      const judged = tool('kubernetes_validate', ['--strict', '--kubernetes-version', '1.37.0', '-'], output);
      expect(judged).toMatchObject({ status: 0 });
      const kinds = manifestsOf(output).filter(({ kind }) => kind !== 'ServiceMonitor');
      expect(judged.output.match(/passed for resource/g)).toHaveLength(kinds.length);
    },
  );

  it.each([
    ['no brokers', {}, /kafka/],
    ['a value that there is not', { ...BROKERS, gateway: { replcas: 3 } }, /replcas/],
    ['a setting that is a number', { ...BROKERS, gateway: { settings: { MAX_CONNECTIONS: 5_000_000 } } }, /MAX_CONNECTIONS/],
    ['a grace period that cuts requests off', { ...BROKERS, shutdown: { noticeSeconds: 15 } }, /graceSeconds must be 10 more/],
    [
      'more auth pods than partitions',
      { ...BROKERS, auth: { autoscaling: { enabled: true, maxReplicas: 7 } } },
      /more than topics.partitions/,
    ],
  ])('with %s / is not rendered and says why', (_, values, message) => {
    const { status, output } = render(valuesArgs(values, folder));
    expect(status).not.toBe(0);
    expect(output).toMatch(message);
  });

  it('when it is rendered / gives each container the secrets that it uses and no other', () => {
    const all = manifests(EVERYTHING);
    expect(secretsOf(named(all, 'Deployment', 'gateway'))).toEqual([
      'contact-sync-gateway',
      'contact-sync-gateway-database',
      'contact-sync-sealing-keys-public',
      'gateway-user',
      'mac-keys',
    ]);
    expect(secretsOf(named(all, 'Job', 'gateway-set-up'))).toEqual([
      'api-token',
      'contact-sync-gateway',
      'contact-sync-gateway-database',
      'gateway-user',
    ]);
    expect(secretsOf(named(all, 'Deployment', 'auth'))).toEqual([
      'auth-certificate',
      'auth-certificate',
      'auth-secret',
      'auth-user',
      'auth-user',
      'contact-sync-auth-database',
      'contact-sync-sealing-keys-private',
      'contact-sync-signing-keys',
      'mac-keys',
      'operator-token',
    ]);
    expect(secretsOf(named(all, 'Job', 'auth-set-up'))).toEqual(['contact-sync-auth-database']);
    expect(secretsOf(named(all, 'CronJob', 'gateway-refresh'))).toEqual([
      'contact-sync-gateway-database',
      'gateway-user',
      'mac-keys',
    ]);
  });

  it('when it is rendered / names every secret by a file', () => {
    const all = manifests(EVERYTHING);
    const workloads = all.filter(({ kind }) => ['Deployment', 'Job', 'CronJob'].includes(kind));
    const given = new Set(workloads.flatMap((each) => [...envOf(each).keys()]));
    expect(SECRETS.filter((name) => given.has(name))).toEqual([]);
    const files = SECRETS.filter((name) => given.has(`${name}_FILE`));
    // `everything` has no oauthbearer.
    expect(files).toEqual(SECRETS.filter((name) => name !== 'KAFKA_SASL_OAUTH_CLIENT_SECRET'));
  });

  it.each(['gateway', 'auth'])('with secrets among the settings of the %s / is not rendered and names each', (app) => {
    const settings = Object.fromEntries(SECRETS.map((name) => [name, 'in the clear']));
    const { status, output } = render(valuesArgs({ ...BROKERS, [app]: { settings } }, folder));
    expect(status).not.toBe(0);
    expect(SECRETS.filter((name) => !output.includes(name))).toEqual([]);
  });

  it.each(['gateway', 'auth'])('with settings of the %s that the chart sets too / is not rendered and names each', (app) => {
    const own = [...envOf(named(manifests(EVERYTHING), 'Deployment', app)).keys()].filter((name) => name !== 'API_RATE_LIMIT');
    const settings = Object.fromEntries([...own, 'LOG_LEVEL'].map((name) => [name, 'another']));
    const { [app as 'gateway']: values } = EVERYTHING;
    const { status, output } = render(valuesArgs({ ...EVERYTHING, [app]: { ...values, settings } }, folder));
    expect(status).not.toBe(0);
    expect(output).toContain(`${app}.settings has what the chart sets by itself or by another value: ${own.sort().join(', ')}`);
  });

  it.each(['gateway', 'auth'])('with settings of the %s that are all left out / is rendered', (app) => {
    expect(render(valuesArgs({ ...BROKERS, [app]: { settings: null } }, folder))).toMatchObject({ status: 0 });
  });

  it('with more threads among the settings / tells the app of them once', () => {
    const all = manifests({ ...BROKERS, auth: { settings: { UV_THREADPOOL_SIZE: '16' } } });
    const [{ env }] = named(all, 'Deployment', 'auth').spec.template.spec.containers as [{ env: { name: string }[] }];
    const threads = env.filter(({ name }) => name === 'UV_THREADPOOL_SIZE');
    expect(threads).toEqual([{ name: 'UV_THREADPOOL_SIZE', value: '16' }]);
  });

  it('when nothing is said of marks / gateways and auth apps have their keys', () => {
    const holders = manifests(BROKERS).filter((each) => secretsOf(each).includes('contact-sync-mac-keys'));
    expect(holders.map(({ metadata }) => metadata.name)).toEqual(['try-gateway', 'try-auth', 'try-gateway-refresh']);
  });

  it('when only the gateways are to have the keys of marks / gives them to nobody who checks marks', () => {
    const all = manifests({ ...BROKERS, eventMacKeys: { secret: 'mac-keys', checkedByAuth: false } });
    const holders = all.filter((each) => secretsOf(each).includes('mac-keys')).map(({ metadata }) => metadata.name);
    expect(holders).toEqual(['try-gateway']);
  });

  it.each([
    ['plain', 'true'],
    ['oauthbearer', 'true'],
    ['scram-sha-512', undefined],
  ])('with %s and without TLS to the brokers / tells every workload that signs in whether it may', (saslMechanism, allowed) => {
    const kafka = { ...BROKERS.kafka, tls: false, saslMechanism, oauth: { tokenUrl: 'https://idp.example/token' } };
    const user = { kafkaUser: { secret: 'user' } };
    const all = manifests({ kafka, gateway: user, auth: user });
    const ofBrokers = all.filter((each) => /"KAFKA_SASL_MECHANISM"/.test(JSON.stringify(each)));
    expect(ofBrokers.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['Deployment', 'try-gateway'],
      ['Deployment', 'try-auth'],
      ['CronJob', 'try-gateway-refresh'],
      ['Job', 'try-gateway-set-up'],
    ]);
    const variables = ofBrokers.map((each) => envOf(each).get('KAFKA_SASL_PLAIN_WITHOUT_TLS')?.value);
    expect(variables).toEqual(ofBrokers.map(() => allowed));
  });

  it.each([
    ['Deployment', 'gateway', ['GATEWAY_DATABASE_URL_FILE', 'KAFKA_SASL_PASSWORD_FILE']],
    ['Job', 'gateway-set-up', ['GATEWAY_DATABASE_URL_FILE', 'KAFKA_SASL_PASSWORD_FILE']],
    ['Deployment', 'auth', ['AUTH_DATABASE_URL_FILE', 'KAFKA_SASL_PASSWORD_FILE', 'KAFKA_SSL_CERT_FILE', 'KAFKA_SSL_KEY_FILE']],
    ['Job', 'auth-set-up', ['AUTH_DATABASE_URL_FILE']],
  ])(
    'when it is rendered / gives the %s %s what opens its servers in files, which are renewed without a restart',
    (kind, name, files) => {
      const [container] = named(manifests(EVERYTHING), kind, name).spec.template.spec.containers as [{ env: { name: string }[] }];
      const ofServers = container.env.map((each) => each.name).filter((each) => /(DATABASE_URL|KAFKA_\w+)_FILE$/.test(each));
      expect(ofServers.sort()).toEqual(files);
    },
  );

  it.each([
    ['https://idp.example/token', 443],
    ['http://idp.example/token', 80],
    ['https://idp.example:8443/token', 8443],
  ])('with oauthbearer by %s / opens the port %i of the network policies', (tokenUrl, port) => {
    const kafka = { ...BROKERS.kafka, saslMechanism: 'oauthbearer', oauth: { tokenUrl } };
    const policies = manifests({ kafka, networkPolicy: { furtherEgress: [{ ports: [{ protocol: 'TCP', port: 4318 }] }] } });
    for (const name of ['gateway', 'auth', 'gateway-set-up', 'gateway-refresh']) {
      const { egress } = named(policies, 'NetworkPolicy', name).spec as { egress: { ports: { port: number }[] }[] };
      const open = egress.flatMap(({ ports }) => ports.map((each) => each.port));
      expect(open).toEqual([53, 53, 5432, 9092, 9093, 9094, port, 4318]);
    }
  });

  it('with oauthbearer / tells the apps where tokens come from, and who they are', () => {
    const kafka = { ...BROKERS.kafka, saslMechanism: 'oauthbearer', oauth: { tokenUrl: 'https://idp.example/token' } };
    const values = { kafka, gateway: { kafkaUser: { secret: 'client', usernameKey: 'id', passwordKey: 'secret' } } };
    const [container] = named(manifests(values), 'Deployment', 'gateway').spec.template.spec.containers as [
      { env: { name: string; value?: string }[] },
    ];
    expect(container.env.filter((each) => each.name.startsWith('KAFKA_SASL'))).toEqual([
      { name: 'KAFKA_SASL_MECHANISM', value: 'oauthbearer' },
      { name: 'KAFKA_SASL_OAUTH_TOKEN_URL', value: 'https://idp.example/token' },
      { name: 'KAFKA_SASL_OAUTH_CLIENT_ID', valueFrom: { secretKeyRef: { name: 'client', key: 'id' } } },
      {
        name: 'KAFKA_SASL_OAUTH_CLIENT_SECRET_FILE',
        value: '/etc/contact-sync/kafka-sasl-oauth-client-secret/secret',
      },
    ]);
  });

  it.each([
    ['Deployment', 2],
    ['Job', 2],
    ['CronJob', 1],
  ])('when it is rendered / runs each %s without privileges, a writable root or a token of Kubernetes', (kind, count) => {
    const pods = manifests(EVERYTHING).filter((each) => each.kind === kind);
    expect(pods).toHaveLength(count);
    for (const {
      spec: { jobTemplate, ...own },
    } of pods) {
      const spec = jobTemplate?.spec ?? own;
      expect(spec.template.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true },
      });
      expect(spec.template.spec.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('when it is rendered / runs set-ups, and the network policies that they need, before anything else', () => {
    const hooks = manifests(EVERYTHING).filter(({ metadata }) => metadata.annotations?.['helm.sh/hook']);
    expect(hooks.map(({ kind, metadata }) => [kind, metadata.annotations!['helm.sh/hook-weight']])).toEqual([
      ['NetworkPolicy', '-10'],
      ['NetworkPolicy', '-10'],
      ['Job', '0'],
      ['Job', '0'],
    ]);
  });

  it('when it is rendered / scales the auth app by lag and by CPU, and leaves the number of pods to the autoscaler', () => {
    const all = manifests(EVERYTHING);
    const { metrics } = named(all, 'HorizontalPodAutoscaler', 'auth').spec as { metrics: { type: string }[] };
    expect(metrics.map(({ type }) => type)).toEqual(['Resource', 'External']);
    expect(named(all, 'Deployment', 'auth').spec).not.toHaveProperty('replicas');
    expect(named(manifests(BROKERS), 'Deployment', 'auth').spec.replicas).toBe(2);
  });

  it('when it is rendered / tells the service monitors of the port of the services', () => {
    const all = manifests(EVERYTHING);
    for (const app of ['gateway', 'auth']) {
      const [endpoint] = named(all, 'ServiceMonitor', app).spec.endpoints as [{ port: string; path: string }];
      const [port] = named(all, 'Service', app).spec.ports as [{ name: string }];
      expect(endpoint).toMatchObject({ path: '/metrics', port: port.name });
      const monitor = named(all, 'ServiceMonitor', app);
      const service = named(all, 'Service', app).metadata as unknown as { labels: object };
      expect(service.labels).toMatchObject(monitor.spec.selector.matchLabels as object);
    }
  });

  it('when the release has any name / names the jobs as the alerts do', () => {
    const alerts = readFileSync('deploy/prometheus/alerts.yml', 'utf8');
    const watched = new Set([...alerts.matchAll(/job="([^"]+)"/g)].map(([, name]) => name!));
    const jobs = manifests(EVERYTHING)
      .filter(({ kind }) => kind === 'ServiceMonitor')
      .flatMap(({ spec }) => spec.endpoints[0].relabelings ?? [])
      .filter(({ targetLabel }) => targetLabel === 'job')
      .map(({ replacement }) => replacement);
    expect(jobs.sort()).toEqual([...watched].sort());
  });

  it.each([
    [
      'a single replica of topics',
      { topics: { replicationFactor: 1, minInsyncReplicas: 1 } },
      /WARNING: topics.replicationFactor/,
    ],
    ['one replica in step', { topics: { minInsyncReplicas: 1 } }, /WARNING: topics.minInsyncReplicas/],
    ['plain connections to the brokers', { kafka: { ...BROKERS.kafka, tls: false } }, /WARNING: kafka.tls/],
    ['plain connections to the databases', { database: { sslmode: 'disable' } }, /WARNING: database.sslmode/],
  ])('with %s / warns after the installation', (_, values, warning) => {
    const args = valuesArgs({ ...BROKERS, ...values }, folder);
    const notes = tool('helm', ['install', 'try', CHART, '--dry-run=client', ...args]);
    expect(notes.output).toMatch(warning);
  });
});
