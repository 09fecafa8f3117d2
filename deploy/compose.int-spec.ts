import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { TokenKeys } from '#app/credentials';
import { aclScript } from '#app/messaging';
import { authAcls, PRINCIPALS as AUTH_PRINCIPALS } from '../apps/auth/src/set-up.acls.js';
import { gatewayAcls, PRINCIPALS as GATEWAY_PRINCIPALS } from '../apps/gateway/src/set-up.acls.js';
import { readCompose } from './manifests/compose.js';
import { hasTool, tool } from './manifests/helm.js';
import { missing } from './manifests/missing.js';

const folder = mkdtempSync(join(tmpdir(), 'compose-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { services } = readCompose();
const ours = Object.entries(services).filter(([, { build }]) => build !== undefined);
const asksFor = (name: string): string[] =>
  [...JSON.stringify(services[name]!.environment).matchAll(/\$\{(\w+):/g)].map(([, secret]) => secret!).sort();

describe('docker-compose.yml', () => {
  it('when it is read / passes the schema of the Compose Specification', () => {
    if (!hasTool('check_jsonschema')) return missing('check-jsonschema');
    const judged = tool('check_jsonschema', ['--builtin-schema', 'vendor.compose-spec', 'docker-compose.yml']);
    expect(judged).toMatchObject({ status: 0 });
  });

  it.each([
    ['gateway-set-up', ['API_TOKEN', 'GATEWAY_DATABASE_PASSWORD', 'GATEWAY_SECRET', 'KAFKA_SET_UP_PASSWORD']],
    [
      'gateway',
      ['CREDENTIAL_PUBLIC_KEYS', 'EVENT_MAC_KEYS', 'GATEWAY_DATABASE_PASSWORD', 'GATEWAY_SECRET', 'KAFKA_GATEWAY_PASSWORD'],
    ],
    ['auth-set-up', ['AUTH_DATABASE_PASSWORD']],
    [
      'auth',
      [
        'AUTH_DATABASE_PASSWORD',
        'AUTH_OPERATOR_TOKEN',
        'CREDENTIAL_PRIVATE_KEYS',
        'EVENT_MAC_KEYS',
        'KAFKA_AUTH_PASSWORD',
        'TOKEN_SIGNING_KEYS',
      ],
    ],
  ])('when it is read / gives %s the secrets that it uses and no other', (name, secrets) => {
    expect(asksFor(name)).toEqual(secrets);
  });

  it.each(ours)('when %s runs / has no privileges and no writable root', (_, service) => {
    const hardened = { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] };
    expect(service).toMatchObject(hardened);
  });

  it('when images of others are used / each can be named by digest', () => {
    const others = Object.values(services).filter(({ build }) => build === undefined);
    for (const { image } of others) expect(image).toMatch(/^\$\{(POSTGRES|KAFKA)_IMAGE:-[a-z/]+:[\d.]+\}$/);
    const bases = readFileSync('Dockerfile', 'utf8').match(/^FROM \S+/gm);
    expect(new Set(bases)).toEqual(new Set(['FROM ${NODE_IMAGE}']));
  });

  it('when it is read / grants the ACLs that the set-ups print, so that nobody but the gateway writes logins', () => {
    const names = { prefix: 'contact-sync', consumerGroup: 'contact-sync-auth' };
    const printed = `${aclScript(gatewayAcls(GATEWAY_PRINCIPALS, names))}\n\n${aclScript(authAcls(AUTH_PRINCIPALS, names))}\n`;
    expect(readFileSync('deploy/kafka-acls.sh', 'utf8')).toBe(printed);
  });

  it('when it is read / lets nobody to the broker without a sign-in, and gives no right without an ACL', () => {
    const broker = services['kafka']!.environment;
    expect(broker['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP']).not.toContain(':PLAINTEXT');
    expect(broker).toMatchObject({ KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND: 'false', KAFKA_SUPER_USERS: 'User:admin' });
  });

  it('when it is read / publishes every port on this machine alone', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports).not.toEqual([]);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});

describe('compose-env.mjs', () => {
  const makeEnv = (...args: string[]) =>
    spawnSync(process.execPath, [resolve('apps/local/compose-env.mjs'), ...args], { cwd: folder, encoding: 'utf8' });
  const USAGE = 'node apps/local/compose-env.mjs [file]';

  it('when it is asked for help / prints its usage and makes no file', () => {
    for (const help of ['--help', '-h']) {
      expect(makeEnv(help)).toMatchObject({ status: 0, stdout: expect.stringContaining(USAGE) });
      expect(existsSync(join(folder, help))).toBe(false);
    }
  });

  it.each([[['--force']], [['first.env', 'second.env']]])(
    'when its arguments are %j / refuses them and makes no file',
    (args) => {
      expect(makeEnv(...args)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(USAGE) });
      for (const arg of args) expect(existsSync(join(folder, arg))).toBe(false);
    },
  );

  it('when the file cannot be written / says why in one line', () => {
    const file = join(folder, 'missing', '.env');
    expect(makeEnv(file)).toMatchObject({ status: 1, stdout: '', stderr: `${file} can't be written: ENOENT.\n` });
  });

  it('when it is run / makes every value that docker-compose.yml asks for, in a file that its owner alone can read', () => {
    const file = join(folder, '.env');
    expect(makeEnv(file).status).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const made = [...readFileSync(file, 'utf8').matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    const asked = [...readFileSync('docker-compose.yml', 'utf8').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    expect(new Set(made)).toEqual(new Set(asked));
  });

  it('when it is run / makes a token with the checksum that the gateway of the same file looks for', () => {
    const file = join(folder, 'token.env');
    makeEnv(file);
    const made = Object.fromEntries(
      [...readFileSync(file, 'utf8').matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    expect(TokenKeys.ofText(made['GATEWAY_SECRET']).formOf(made['API_TOKEN'])).toBe('with checksum');
  });

  it('when the file is of a release before / adds what it lacks, and changes nothing else', () => {
    const file = join(folder, 'former.env');
    makeEnv(file);
    const former = readFileSync(file, 'utf8').replaceAll(/^KAFKA_.*\n/gm, '');
    writeFileSync(file, former);
    const { status, stdout } = makeEnv(file);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/is kept, and has got KAFKA_ADMIN_PASSWORD, /)]);
    const now = readFileSync(file, 'utf8');
    expect(now.startsWith(former)).toBe(true);
    expect(now.match(/^KAFKA_\w+_PASSWORD=\S+$/gm)).toHaveLength(6);
  });

  it('when the file is there / keeps it and says so', () => {
    const file = join(folder, 'kept.env');
    makeEnv(file);
    const before = readFileSync(file, 'utf8');
    const again = makeEnv(file);
    expect(again.status).toBe(1);
    expect(again.stderr).toMatch(/is kept/);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

describe('the Dockerfile', () => {
  const text = readFileSync('Dockerfile', 'utf8');

  it('when it is built / copies what there is and .dockerignore lets through', () => {
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) => files!.split(' '));
    const allowed = readFileSync('.dockerignore', 'utf8').match(/^!.+/gm)!.map((line) => line.slice(1)); // prettier-ignore
    for (const file of copied) {
      expect(existsSync(file)).toBe(true);
      expect(allowed.some((prefix) => file === prefix || file.startsWith(`${prefix}/`))).toBe(true);
    }
  });

  it('when it removes folders / the apps need none of them', () => {
    const removed = [...text.matchAll(/ dist\/((?:apps|libs)\/\S+)/g)].map(([, path]) => path!);
    expect(removed).toEqual(['apps/local', 'libs/system', 'libs/*/src/testing']);
    const apps = globSync('apps/{gateway,auth,events}/src/**/*.ts', { exclude: (name) => /(spec|fixtures)\.ts$/.test(name) });
    const lines = apps.flatMap(
      (file) => readFileSync(file, 'utf8').match(/^import .* from '(#app\/(system|\w+\/testing)|\S+\/local\/)/gm) ?? [],
    );
    expect(lines).toEqual([]);
  });

  it.each(['EXPOSE 3000 3001', 'HEALTHCHECK ', 'USER node', 'LABEL org.opencontainers.image.title='])(
    'when it is read / says %s',
    (line) => {
      expect(text).toContain(`\n${line}`);
    },
  );
});
