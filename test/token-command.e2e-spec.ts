import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runScript } from '#app/system/testing';
import { SECRET, TestGateway } from './gateway.harness.js';

const GATEWAYS = 'apps/gateway/src/token.js';
/** The local command that calls the gateway's. */
const LOCAL = 'apps/local/src/token.js';
/** The local command that calls the events tool. */
const LOCAL_EVENTS = 'apps/local/src/events.js';
const CREATE = ['create', '--name', 'ERP', '--scopes', 'contacts:read', '--json'];

let gateway: TestGateway;
let folder: string;

beforeAll(async () => {
  gateway = await TestGateway.start();
  folder = mkdtempSync(join(tmpdir(), 'token-command-'));
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a built command. */
function run(script: string, args: string[], environment: NodeJS.ProcessEnv = {}) {
  const settings = { GATEWAY_DATABASE_URL: gateway.databaseUrl, GATEWAY_SECRET: SECRET, DATA_DIR: folder };
  return runScript(script, args, { ...settings, ...environment });
}

async function expectLetIn(out: string): Promise<void> {
  const { data } = JSON.parse(out);
  const { status } = await gateway.call('GET', '/contacts/999', undefined, { authorization: `Bearer ${data.token}` });
  expect(status).toBe(404);
}

describe('the token command', () => {
  it('when the environment names the database and its secret / makes a token that is accepted', async () => {
    const { code, out } = await run(GATEWAYS, CREATE);
    expect(code).toBe(0);
    await expectLetIn(out);
  });

  it('when only the local run has the secret / makes a token that is accepted', async () => {
    mkdirSync(join(folder, 'secrets'));
    writeFileSync(join(folder, 'secrets/gateway-secret'), SECRET);
    const { code, out } = await run(LOCAL, CREATE, { GATEWAY_SECRET: '' });
    expect(code).toBe(0);
    await expectLetIn(out);
  });
});

describe('the token command with an error', () => {
  it('when its output cannot be written / says so, and that the token is lost, and ends with 1', async () => {
    // Open for reading alone: each writing fails, as on a full disk.
    const out = openSync(import.meta.filename, 'r');
    const env = { GATEWAY_DATABASE_URL: gateway.databaseUrl, GATEWAY_SECRET: SECRET };
    const child = spawn(process.execPath, [join('dist', GATEWAYS), ...CREATE], { env, stdio: ['ignore', out, 'pipe'] });
    const [err, [code]] = await Promise.all([text(child.stderr!), once(child, 'close')]);
    expect([code, err]).toEqual([
      1,
      "Standard output can't be written: EBADF. A token that was made is not shown again: revoke it.\n",
    ]);
  });

  it("when the reader of a new token has gone / says that the token is lost, and ends with 1; a list's reader may go", async () => {
    const env = { GATEWAY_DATABASE_URL: gateway.databaseUrl, GATEWAY_SECRET: SECRET };
    const unread = async (args: string[]) => {
      const child = spawn(process.execPath, [join('dist', GATEWAYS), ...args], { env });
      child.stdout.destroy();
      const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
      return [code, err];
    };
    expect(await unread(CREATE)).toEqual([
      1,
      expect.stringMatching(/EPIPE\. A token that was made is not shown again: revoke it/),
    ]);
    expect(await unread(['list'])).toEqual([0, '']);
  });

  it.concurrent.each<[string, string, string[], NodeJS.ProcessEnv, number, RegExp]>([
    ['the form is wrong', GATEWAYS, ['create'], {}, 2, /^--name is required\.\n--scopes is required\.\n$/],
    ['the call is wrong', GATEWAYS, ['make'], {}, 2, /^error: unknown command 'make'\n/],
    ['the secret is too short', GATEWAYS, ['list'], { GATEWAY_SECRET: 'short' }, 1, /^GATEWAY_SECRET must be at least 32 /],
    [
      'there is no local run',
      LOCAL,
      ['list'],
      { GATEWAY_SECRET: '', DATA_DIR: '/nowhere' },
      1,
      /^There is no local run in \/nowhere yet\./,
    ],
    [
      'there is no local run whose events it could show',
      LOCAL_EVENTS,
      ['tail'],
      { GATEWAY_DATABASE_URL: '', DATA_DIR: '/nowhere' },
      1,
      /^There is no local run in \/nowhere yet\. .* or set KAFKA_BROKERS, GATEWAY_DATABASE_URL, or AUTH_DATABASE_URL\.\n$/,
    ],
    [
      'one server is named, and so nothing of the local run is meant',
      LOCAL_EVENTS,
      ['tail'],
      {},
      1,
      /^KAFKA_BROKERS is required\.\n$/,
    ],
    [
      'the database is away',
      GATEWAYS,
      ['list'],
      { GATEWAY_DATABASE_URL: 'postgres://u:pass-word@127.0.0.1:1/db' },
      1,
      /^The database at 127\.0\.0\.1:1 does not answer\.\n$/,
    ],
  ])('when %s / reports it and prints nothing else', async (_, script, args, environment, code, said) => {
    const result = await run(script, args, environment);
    expect([result.code, result.out]).toEqual([code, '']);
    expect(result.err).toMatch(said);
  });

  it('when the database refuses the password / says so, and does not show it', async () => {
    const url = Object.assign(new URL(gateway.databaseUrl), { password: 'a-wrong-one' });
    const { code, out, err } = await run(GATEWAYS, ['list'], { GATEWAY_DATABASE_URL: url.href });
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(
      new RegExp(`^The database at ${url.host} can't be used\\. PostgreSQL refuses the user, the password .*28P01`),
    );
    expect(err).not.toContain('a-wrong-one');
  });
});

it('when --help is set with any settings / prints the whole help', async () => {
  const none = { GATEWAY_DATABASE_URL: '', GATEWAY_SECRET: '', DATA_DIR: '/nowhere' };
  const { code, out } = await run(LOCAL, ['create', '--help'], none);
  expect(code).toBe(0);
  expect(out).toContain('--expires <WHEN>');
});
