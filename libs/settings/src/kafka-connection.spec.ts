import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidSettings } from './invalid-settings.js';
import { readKafkaConnection, type KafkaConnection } from './kafka-connection.js';
import { SettingsReader } from './settings-reader.js';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';

function read(source: Record<string, string>): KafkaConnection {
  const settings = new SettingsReader({ KAFKA_BROKERS: 'kafka:9092', ...source });
  return settings.accept(readKafkaConnection(settings));
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kafka-connection-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('TLS to the brokers', () => {
  it('when nothing is set / is off', () => {
    expect(read({}).ssl).toBe(false);
  });

  it('with a CA and a client certificate / is on with them', () => {
    expect(read({ KAFKA_SSL_CA: PEM, KAFKA_SSL_CERT: PEM, KAFKA_SSL_KEY: PEM }).ssl).toEqual({ ca: PEM, cert: PEM, key: PEM });
  });

  it('when the file of the CA is renewed / uses the new one for the next connection', () => {
    const file = join(folder, 'ca.pem');
    writeFileSync(file, PEM);
    const ssl = read({ KAFKA_SSL_CA_FILE: file }).ssl as ConnectionOptions;
    writeFileSync(file, `${PEM}\n# renewed`);
    expect({ ...ssl }).toEqual({ ca: `${PEM}\n# renewed` });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a certificate without its key', { KAFKA_SSL_CERT: PEM }, /CERT and KAFKA_SSL_KEY go together/],
    ['a CA that is no PEM', { KAFKA_SSL_CA: 'ca.pem' }, /KAFKA_SSL_CA must be PEM/],
    ['a CA while TLS is off', { KAFKA_SSL: 'false', KAFKA_SSL_CA: PEM }, /one of the two is a mistake/],
    ['a file that is not there', { KAFKA_SSL_CA_FILE: '/none' }, /KAFKA_SSL_CA_FILE names a file that cannot be read/],
  ])('with %s / is refused', (_what, source, rule) => {
    expect(() => read(source)).toThrow(rule);
  });
});

describe('the sign-in at the brokers', () => {
  it('with a password file / has the password without blanks around it', () => {
    const file = join(folder, 'password');
    writeFileSync(file, ' secret \n');
    expect(read({ KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD_FILE: file }).sasl).toEqual({
      mechanism: 'scram-sha-512',
      username: 'u',
      password: 'secret',
    });
  });

  it('when the password file is renewed / uses the new password for the next connection', () => {
    const file = join(folder, 'password');
    writeFileSync(file, 'first\n');
    const { sasl } = read({ KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD_FILE: file });
    writeFileSync(file, 'second\n');
    expect(sasl).toMatchObject({ password: 'second' });
  });

  it.each(['\n', '\r\n', '\n\n'])('with %j behind user and password / has both without it', (end) => {
    expect(read({ KAFKA_SASL_USERNAME: `u${end}`, KAFKA_SASL_PASSWORD: ` p ${end}` }).sasl).toEqual({
      mechanism: 'scram-sha-512',
      username: 'u',
      password: ' p ',
    });
  });

  it('with a user that is a line break alone / signs in by none', () => {
    expect(read({ KAFKA_SASL_USERNAME: '\n' }).sasl).toBeUndefined();
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a line break inside the user', { KAFKA_SASL_USERNAME: 'u\nv' }, /KAFKA_SASL_USERNAME must be one line/],
    ['a line break inside the password', { KAFKA_SASL_PASSWORD: 'p\r\nq' }, /KAFKA_SASL_PASSWORD must be one line/],
    ['a user in quotes', { KAFKA_SASL_USERNAME: '"u"' }, /KAFKA_SASL_USERNAME must not be in quotes/],
    ['a password in quotes', { KAFKA_SASL_PASSWORD: "'p'" }, /KAFKA_SASL_PASSWORD must not be in quotes/],
  ])('with %s / is refused', (_what, source, rule) => {
    expect(() => read({ KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p', ...source })).toThrow(rule);
  });

  it.each([
    ['PLAIN', { KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' }],
    ['OAUTHBEARER', { KAFKA_SASL_OAUTH_TOKEN_URL: 'https://idp.example/token' }],
  ])('with %s and without TLS / is refused', (_, source) => {
    expect(() => read(source as Record<string, string>)).toThrow(/set KAFKA_SSL/);
  });

  it('with OAUTHBEARER and no token URL / is refused', () => {
    expect(() => read({ KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_MECHANISM: 'OAUTHBEARER' })).toThrow(InvalidSettings);
  });

  it('with a token URL / takes a token by client credentials, one for all connections', async () => {
    const asked: string[] = [];
    const server: Server = createServer((request, response) => {
      asked.push(`${request.method} ${request.headers.authorization}`);
      response.end('{"access_token":"t1","expires_in":60}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
    const { sasl } = read({
      KAFKA_SSL: 'true',
      KAFKA_SASL_OAUTH_TOKEN_URL: url,
      KAFKA_SASL_OAUTH_CLIENT_ID: 'app',
      KAFKA_SASL_OAUTH_CLIENT_SECRET: 's',
    });
    if (sasl?.mechanism !== 'oauthbearer') throw new Error('The mechanism is another.');
    const { oauthBearerProvider: tokenOf } = sasl;
    expect(await Promise.all([tokenOf(), tokenOf()])).toEqual([{ value: 't1' }, { value: 't1' }]);
    expect(await tokenOf()).toEqual({ value: 't1' });
    expect(asked).toEqual([`POST Basic ${Buffer.from('app:s').toString('base64')}`]);
    server.close();
  });
});

describe('the brokers', () => {
  it('when their address is an IPv6 one / are read', () => {
    expect(read({ KAFKA_BROKERS: '[::1]:9092, kafka:9093' }).brokers).toEqual(['[::1]:9092', 'kafka:9093']);
  });
});
