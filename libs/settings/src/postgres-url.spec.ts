import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { presentUrl, readDatabaseUrl, readPostgresUrl } from './postgres-url.js';
import { SettingsReader } from './settings-reader.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'postgres-url-'));
  for (const name of ['ca', 'cert', 'key']) writeFileSync(join(folder, name), `the ${name}`);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a database URL', () => {
  it('with user, password, host, port and database / is read into them, without TLS', () => {
    expect(readPostgresUrl('postgresql://u:p%40ss%2F%23@db.example:6543/contacts')).toEqual({
      host: 'db.example',
      port: 6543,
      user: 'u',
      password: 'p@ss/#',
      database: 'contacts',
      ssl: false,
    });
  });

  it('with an IPv6 address / has the address without brackets', () => {
    expect(readPostgresUrl('postgres://u:p@[::1]:5432/db')).toMatchObject({ host: '::1', port: 5432 });
  });

  it.each([
    'postgres://u@/db?host=/var/run/postgresql',
    'postgres:///db?host=/var/run/postgresql',
    'postgres://u@%2Fvar%2Frun%2Fpostgresql/db',
  ])('with a socket: %s / has its folder as the host', (url) => {
    expect(readPostgresUrl(url)).toMatchObject({ host: '/var/run/postgresql', database: 'db' });
  });

  it('with options / keeps them', () => {
    expect(readPostgresUrl('postgres://u@h/db?options=-c%20search_path%3Dcrm')).toMatchObject({ options: '-c search_path=crm' });
  });

  it('with sslmode=disable / is without TLS', () => {
    expect(readPostgresUrl('postgres://u@h/db?sslmode=disable')).toMatchObject({ ssl: false });
  });

  it('with sslmode=require / asks for TLS with any certificate', () => {
    expect(readPostgresUrl('postgres://u@h/db?sslmode=require')).toMatchObject({ ssl: { rejectUnauthorized: false } });
  });

  it('with sslmode=verify-ca / verifies the certificate by the CA, but not the name', () => {
    const { ssl } = readPostgresUrl(`postgres://u@h/db?sslmode=verify-ca&sslrootcert=${folder}/ca`);
    expect(ssl).toMatchObject({ ca: 'the ca', checkServerIdentity: expect.any(Function) });
    expect(ssl).not.toHaveProperty('rejectUnauthorized');
  });

  it('with sslmode=verify-full and a client certificate / verifies name and CA, and shows the certificate', () => {
    const files = `sslrootcert=${folder}/ca&sslcert=${folder}/cert&sslkey=${folder}/key`;
    const { ssl } = readPostgresUrl(`postgres://u@h/db?sslmode=verify-full&${files}`);
    expect(ssl).toEqual({ ca: 'the ca', cert: 'the cert', key: 'the key' });
  });

  it.each([
    ['postgres://u@192.0.2.7/db', '192.0.2.7'],
    ['postgres://u@[2001:db8::7]/db', '2001:db8::7'],
  ])('with sslmode=verify-full and an address: %s / checks the certificate for that address', (url, host) => {
    expect(readPostgresUrl(`${url}?sslmode=verify-full`).ssl).toEqual({ host });
  });

  it.each([
    ['another protocol', 'mysql://u@h/db', /must be postgresql/],
    ['no database', 'postgres://u@h', /must be postgresql/],
    ['no database behind the slash', 'postgres://u@h/', /must be postgresql/],
    ['an invalid port', 'postgres://u@h:99999/db', /must be postgresql/],
    ...['0', '65536', '5432x'].map((port): [string, string, RegExp] => [
      `port=${port}`,
      `postgres://u@h/db?port=${port}`,
      /must be postgresql/,
    ]),
    ['two hosts', 'postgres://u@h1,h2/db', /one host/],
    ['a # in its password', 'postgres://u:p#w@h/db', /%23/],
    ['an sslmode that may be without TLS', 'postgres://u@h/db?sslmode=prefer', /sslmode other than disable, require/],
    ['an unknown sslmode', 'postgres://u@h/db?sslmode=on', /sslmode other than/],
    ['an unknown parameter', 'postgres://u@h/db?sslmod=require', /parameter sslmod,/],
    ['verify-ca without a CA', 'postgres://u@h/db?sslmode=verify-ca', /needs sslrootcert/],
    ['certificates that it does not use', 'postgres://u@h/db?sslmode=disable&sslrootcert=/ca', /mistake/],
    ['a CA that is not there', 'postgres://u@h/db?sslmode=verify-full&sslrootcert=/none/ca', /cannot be read/],
  ])('with %s / is refused', (_what, url, rule) => {
    expect(() => readPostgresUrl(url)).toThrow(rule);
  });

  it('when it is refused / shows nothing of the password', () => {
    expect(() => readPostgresUrl('postgres://u:secret@h:x/db')).toThrow(expect.not.stringMatching(/secret/));
  });
});

describe('a setting with a database URL', () => {
  const read = (source: Record<string, string>) => {
    const settings = new SettingsReader(source);
    return settings.accept(readDatabaseUrl(settings, 'DATABASE_URL'));
  };

  it('when PGSSLMODE asks for TLS / has it, since a deployment may set it beside the URL', () => {
    const url = presentUrl(read({ DATABASE_URL: 'postgres://u@h/db', PGSSLMODE: 'verify-full', PGSSLROOTCERT: `${folder}/ca` }));
    expect(readPostgresUrl(url).ssl).toEqual({ ca: 'the ca' });
  });

  it('when the URL has an sslmode / PGSSLMODE changes nothing', () => {
    const url = presentUrl(read({ DATABASE_URL: 'postgres://u@h/db?sslmode=verify-full', PGSSLMODE: 'disable' }));
    expect(readPostgresUrl(url).ssl).toEqual({});
  });

  it('when it is without TLS / PGSSLROOTCERT changes nothing', () => {
    const plain = 'postgres://u@h/db?sslmode=disable';
    expect(presentUrl(read({ DATABASE_URL: plain, PGSSLROOTCERT: `${folder}/ca` }))).toBe(plain);
  });

  it('when PGSSLMODE may be without TLS / is refused', () => {
    expect(() => read({ DATABASE_URL: 'postgres://u@h/db', PGSSLMODE: 'prefer' })).toThrow(/DATABASE_URL has an sslmode/);
  });

  it('when its file is renewed / is the new one, with the same defaults', () => {
    const file = join(folder, 'url');
    writeFileSync(file, 'postgres://u:first@h/db\n');
    const url = read({ DATABASE_URL_FILE: file, PGSSLMODE: 'require' });
    writeFileSync(file, 'postgres://u:second@h/db\n');
    expect(presentUrl(url)).toBe('postgres://u:second@h/db?sslmode=require');
  });
});
