import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { freePort } from './ports.js';
import { databaseUrl, ensureDatabases } from './postgres-database.js';
import { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres.js';
import { isRunning } from '../processes/process-table.js';
import { Watchdog } from '../processes/watchdog.js';

const gateway = { name: 'contact_sync_gateway', password: 'one' };
const auth = { name: 'contact_sync_auth', password: 'two' };
let folder: string;
let watchdog: Watchdog;
let options: PostgresOptions;
let server: RunningPostgres;

beforeAll(async () => {
  // Closed to all but its owner, as a clone in a private folder is.
  folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  chmodSync(folder, 0o700);
  watchdog = new Watchdog();
  const files = { dataDir: join(folder, 'data'), logFile: join(folder, 'log'), pidFile: join(folder, 'pid.json') };
  options = { ...files, port: await freePort(), password: 'secret-1_', durable: true };
  server = await startPostgres(options, watchdog);
  await ensureDatabases(server.adminUrl, [gateway, auth]);
});
afterAll(async () => {
  await watchdog.close();
  rmSync(folder, { recursive: true, force: true });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('an embedded PostgreSQL', () => {
  it('when it has started / is durable, uses UTF-8, and writes no statements into its log', async () => {
    const sql = `SELECT name, setting FROM pg_settings WHERE name IN
      ('fsync', 'synchronous_commit', 'full_page_writes', 'server_encoding', 'log_min_error_statement', 'listen_addresses') ORDER BY name`;
    expect((await query(server.adminUrl, sql)).map((row) => Object.values(row as object).join('='))).toEqual([
      'fsync=on',
      'full_page_writes=on',
      'listen_addresses=127.0.0.1',
      'log_min_error_statement=panic',
      'server_encoding=UTF8',
      'synchronous_commit=on',
    ]);
    const url = databaseUrl(server.adminUrl, gateway);
    await query(url, 'CREATE TABLE person (email text PRIMARY KEY)');
    await query(url, `INSERT INTO person VALUES ('jane@example.com')`);
    await expect(query(url, `INSERT INTO person VALUES ('jane@example.com')`)).rejects.toThrow('duplicate key');
    expect(readFileSync(options.logFile, 'utf8')).toContain('duplicate key');
    expect(readFileSync(options.logFile, 'utf8')).not.toContain('jane@example.com');
  });

  it("when two apps have databases / neither can enter the other's", async () => {
    const crossed = databaseUrl(server.adminUrl, { ...gateway, name: auth.name }).replace(
      'contact_sync_auth:one',
      'contact_sync_gateway:one',
    );
    await expect(query(crossed, 'SELECT 1')).rejects.toThrow('permission denied for database');
    expect(await query(databaseUrl(server.adminUrl, auth), 'SELECT current_user AS name')).toEqual([{ name: auth.name }]);
  });

  it('when it is killed / starts again at once with all committed rows', async () => {
    await query(databaseUrl(server.adminUrl, auth), 'CREATE TABLE kept AS SELECT 42 AS answer');
    process.kill(server.pid, 'SIGKILL');
    await server.exited;
    server = await startPostgres(options, watchdog);
    expect(await query(databaseUrl(server.adminUrl, auth), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('when an earlier run still uses the data / stops it, and starts', async () => {
    rmSync(options.pidFile);
    const former = server.pid;
    server = await startPostgres(options, watchdog);
    expect(isRunning(former)).toBe(false);
    expect(await query(server.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it("when postmaster.pid names a process that isn't PostgreSQL / starts, and does not stop that process", async () => {
    await server.stop();
    const { uid, gid } = { uid: process.getuid!(), gid: process.getgid!() };
    const other = spawn('sleep', ['304'], { stdio: 'ignore', uid, gid });
    writeFileSync(
      join(options.dataDir, 'postmaster.pid'),
      `${other.pid}\n${options.dataDir}\n1700000000\n5432\n\n127.0.0.1\n0 0\nready\n`,
    );
    server = await startPostgres(options, watchdog);
    expect(isRunning(other.pid!)).toBe(true);
    other.kill('SIGKILL');
  });

  it('when the port is taken / names it and its setting', async () => {
    const twin = { ...options, dataDir: join(folder, 'twin'), pidFile: join(folder, 'twin.json') };
    await expect(startPostgres(twin, watchdog)).rejects.toThrow(
      `port ${options.port} is taken by another process. Stop what uses it, or set POSTGRES_PORT`,
    );
  });

  it("when the password isn't the one of the data / names that, and leaves no server", async () => {
    await server.stop();
    await expect(startPostgres({ ...options, password: 'other' }, watchdog)).rejects.toThrow(
      'password is not the one in DATA_DIR/secrets',
    );
    server = await startPostgres(options, watchdog);
  });
});
