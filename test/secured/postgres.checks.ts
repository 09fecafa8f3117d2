import { clientConfig, connect, PostgresClient } from '#app/postgres';
import { AppProcess, CertificateAuthority, CERTIFIED_ROLE, freePort } from '#app/system';
import { eventually } from '#app/system/testing';
import { must, mustRefuse, type Check } from './check.js';
import { startPooler } from './pooler.js';
import { Portal } from './portal.js';
import { DATABASES, type SecuredSystem } from './secured-system.js';

/** Connects as an app does. @returns the version of TLS; null without it */
async function tlsOf(url: string): Promise<string | null> {
  const session = await connect({ url, applicationName: 'secured', connectMs: 5_000 });
  try {
    const { rows } = await session.query<{ version: string | null }>(
      'select version from pg_stat_ssl where pid = pg_backend_pid()',
    );
    return rows[0]!.version;
  } finally {
    await session.end();
  }
}

/** The app's URL with another query. */
const urlWith = (secured: SecuredSystem, query: string): string => secured.url('gateway').replace(/\?.*$/, query);
const mustBeTls = async (url: string): Promise<string> => {
  const version = await tlsOf(url);
  must(version !== null, 'The connection is without TLS.');
  return version;
};

const sslMode = (name: string, query: (secured: SecuredSystem) => string): Check => ({
  name: `${name} / connects with TLS`,
  run: (secured) => mustBeTls(urlWith(secured, query(secured))),
});
const sslModeRefused = (name: string, query: (secured: SecuredSystem) => string, message: RegExp): Check => ({
  name: `${name} / is refused`,
  run: (secured) => mustRefuse(() => tlsOf(urlWith(secured, query(secured))), message),
});

const otherCa = (secured: SecuredSystem): string => CertificateAuthority.create(secured.folder('wrong-ca')).file;

const TLS_CHECKS: readonly Check[] = [
  sslModeRefused('sslmode=disable where the server asks for TLS', () => '?sslmode=disable', /28000|no encryption/),
  sslMode('sslmode=require', () => '?sslmode=require'),
  sslMode('sslmode=verify-ca', ({ cluster }) => `?sslmode=verify-ca&sslrootcert=${cluster.ca.file}`),
  sslMode('sslmode=verify-full', ({ cluster }) => `?sslmode=verify-full&sslrootcert=${cluster.ca.file}`),
  sslModeRefused(
    'sslmode=verify-ca with another CA',
    (secured) => `?sslmode=verify-ca&sslrootcert=${otherCa(secured)}`,
    /certificate/,
  ),
  sslModeRefused('sslmode=verify-full without the private CA', () => '?sslmode=verify-full', /certificate/),
  {
    name: 'sslmode=verify-full where the certificate names another host / is refused; verify-ca connects',
    run: async (secured) => {
      const { postgres, cluster } = secured;
      const reload = () => postgres.asAdmin((admin) => admin.query('select pg_reload_conf()'));
      // The name that Node checks by itself for an address.
      postgres.renewCertificate('DNS:localhost,DNS:elsewhere.example');
      await reload();
      const full = urlWith(secured, `?sslmode=verify-full&sslrootcert=${cluster.ca.file}`);
      const refusal = await eventually(() => mustRefuse(() => tlsOf(full), /altnames|does not match/i));
      await mustBeTls(full.replace('verify-full', 'verify-ca'));
      postgres.renewCertificate();
      await reload();
      await eventually(() => mustBeTls(full));
      return refusal;
    },
  },
  {
    name: 'a role that signs in by its client certificate / connects with it, and not without',
    run: async ({ postgres, cluster }) => {
      await postgres.asAdmin((admin) => admin.query(`create role ${CERTIFIED_ROLE} login`));
      const { cert, key } = cluster.ca.issue(CERTIFIED_ROLE);
      const url = `postgresql://${CERTIFIED_ROLE}@127.0.0.1:${postgres.server.port}/postgres?sslmode=verify-full&sslrootcert=${cluster.ca.file}`;
      await mustRefuse(() => tlsOf(url), /28000|certificate/);
      return mustBeTls(`${url}&sslcert=${cert}&sslkey=${key}`);
    },
  },
  {
    name: 'a URL without sslmode, and PGSSLMODE=verify-full / the set-up connects with TLS',
    run: async (secured) => {
      const url = urlWith(secured, '');
      const named = url.replace(secured.roles.gateway.app.name, secured.roles.gateway.owner.name);
      const ownerUrl = named.replace(secured.roles.gateway.app.password, secured.roles.gateway.owner.password);
      const env = { GATEWAY_DATABASE_URL: ownerUrl, GATEWAY_DATABASE_URL_FILE: '', PGSSLMODE: 'verify-full' };
      await secured.setUp('gateway', { ...env, PGSSLROOTCERT: secured.cluster.ca.file });
    },
  },
];

const ADDRESS_CHECKS: readonly Check[] = [
  {
    name: 'host= with the folder of a socket / connects',
    run: async ({ postgres, roles }) => {
      const { name, password } = roles.gateway.app;
      const folder = encodeURIComponent(postgres.socketFolder);
      await tlsOf(`postgresql://${name}:${password}@/${DATABASES.gateway}?host=${folder}&port=${postgres.server.port}`);
    },
  },
  {
    name: 'the address [::1] with sslmode=verify-full / connects with TLS',
    run: (secured) => mustBeTls(secured.url('gateway').replace('127.0.0.1', '[::1]')),
  },
];

const POOLER_CHECKS: readonly Check[] = [
  {
    name: 'PgBouncer in session mode / set-up works, sessions keep settings and notifications, and a gateway delivers by it',
    run: async (secured) => {
      const pooler = await startPooler(secured, 'session');
      try {
        const database = { GATEWAY_DATABASE_URL: pooler.through(secured.url('gateway', 'owner')), GATEWAY_DATABASE_URL_FILE: '' };
        await secured.setUp('gateway', database);
        await hearsItself(pooler.through(secured.url('gateway')));
        await delivers(secured, pooler.through(secured.url('gateway')));
      } finally {
        await pooler.child.stop();
      }
    },
  },
  {
    name: 'PgBouncer in transaction mode / set-up, rebuild and resync refuse it in one sentence',
    run: async (secured) => {
      const pooler = await startPooler(secured, 'transaction');
      try {
        const database = { GATEWAY_DATABASE_URL: pooler.through(secured.url('gateway', 'owner')), GATEWAY_DATABASE_URL_FILE: '' };
        const { code, err } = await secured.setUpEnd('gateway', database);
        must(code === 1 && /pooler in transaction mode/.test(err), err);
        must(err.trim().split('\n').length === 1, err);
        const through = {
          GATEWAY_DATABASE_URL: pooler.through(secured.url('gateway', 'owner')),
          AUTH_DATABASE_URL: pooler.through(secured.url('auth', 'owner')),
          CREDENTIAL_PRIVATE_KEYS: secured.system.auths[0]!.app.app.env['CREDENTIAL_PRIVATE_KEYS'] ?? '',
        };
        for (const command of ['rebuild auth --dry-run', 'resync --dry-run']) {
          const refused = await secured.tool(command, through);
          must(refused.code === 1 && /pooler in transaction mode/.test(refused.err), `${command}: ${refused.err}`);
        }
        return err.trim();
      } finally {
        await pooler.child.stop();
      }
    },
  },
];

/** Delivers a change by a gateway that runs alone, on the given database. */
async function delivers(secured: SecuredSystem, url: string): Promise<void> {
  const { gateways } = secured.system;
  await Promise.all(gateways.map(({ app }) => app.terminate()));
  const port = await freePort();
  const own = { GATEWAY_DATABASE_URL: url, GATEWAY_DATABASE_URL_FILE: '', GATEWAY_PORT: String(port) };
  const script = {
    name: 'gateway-pooled',
    script: 'apps/gateway/src/main.js',
    port,
    env: { ...gateways[0]!.app.app.env, ...own },
  };
  const pooled = new AppProcess(script, secured.host);
  try {
    await pooled.startUntilReady();
    const portal = new Portal(secured, pooled);
    const { email } = await portal.contactWithLogin();
    must((await portal.signIn(email)) === 201, 'The portal does not let it in.');
  } finally {
    await pooled.terminate();
    await secured.system.startApps();
  }
}

/** Listens and notifies on one session, with the settings of an app. */
async function hearsItself(url: string): Promise<void> {
  const limits = { statementMs: 4_321 };
  const session = new PostgresClient(clientConfig({ url, applicationName: 'secured', connectMs: 5_000, limits }));
  session.on('error', () => undefined);
  const heard = new Promise((resolve) => session.once('notification', resolve));
  await session.connect();
  try {
    const { rows } = (await session.query('show statement_timeout')) as { rows: { statement_timeout: string }[] };
    must(rows[0]!.statement_timeout === '4321ms', rows);
    await session.query('listen secured');
    await session.query('notify secured');
    await Promise.race([heard, new Promise((_, reject) => setTimeout(() => reject(new Error('No notification came.')), 5_000))]);
  } finally {
    await session.end();
  }
}

const FAIL_OVER_CHECK: Check = {
  name: 'the server turns read-only, as after a fail-over / changes are answered 503 and readiness says so; they go on once it writes',
  run: async (secured) => {
    const { system, postgres } = secured;
    const portal = new Portal(secured);
    const { id } = await portal.contactWithLogin();
    const turn = (to: 'on' | 'off') =>
      postgres.asAdmin(async (admin) => {
        await admin.query(`alter database ${DATABASES.gateway} set default_transaction_read_only = ${to}`);
        const others = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()';
        await admin.query(others, [DATABASES.gateway]);
      });
    const { app } = system.gateways[0]!;
    await turn('on');
    await eventually(
      async () => {
        const { status } = await portal.call('POST', `/contacts/${id}`, { last_name: 'Waits' });
        const ready = (await fetch(`${app.url}/health/ready`)).status;
        must(status === 503 && ready === 503, `${status}, ready ${ready}`);
      },
      { timeoutMs: 20_000, everyMs: 300 },
    );
    try {
      await eventually(() => must(/PostgreSQL is read-only/.test(app.output), 'The log does not say it.'));
      const { err } = await secured.setUpEnd('gateway');
      must(/read-only, and takes no writes/.test(err), err);
    } finally {
      await turn('off');
    }
    await eventually(() => portal.update(id, { last_name: 'Written' }), { timeoutMs: 30_000, everyMs: 300 });
  },
};

export const POSTGRES_CHECKS: readonly Check[] = [...TLS_CHECKS, ...ADDRESS_CHECKS, ...POOLER_CHECKS, FAIL_OVER_CHECK];
