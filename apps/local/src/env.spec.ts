import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidSettings } from '#app/settings';
import { ownsDatabases, readSettings } from './env.js';

function defectsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    if (error instanceof InvalidSettings) return error.defects;
    throw error;
  }
}

describe('settings of the local run', () => {
  it('when none is given / have defaults', () => {
    expect(readSettings({})).toMatchObject({
      gatewayPort: 3000,
      authPort: 3001,
      postgresPort: 5433,
      kafkaPort: 9092,
      consolePort: 3002,
      apiToken: null,
      apiRateLimit: null,
      gatewayDatabaseUrl: null,
      authDatabaseUrl: null,
      kafkaBrokers: null,
      dataDir: expect.stringMatching(/^\/.*\/\.data$/),
    });
  });

  it('when PORT_OFFSET is given / every port that is not named moves by it', () => {
    expect(readSettings({ PORT_OFFSET: '100', AUTH_PORT: '7001' })).toMatchObject({
      gatewayPort: 3100,
      authPort: 7001,
      postgresPort: 5533,
      kafkaPort: 9192,
      consolePort: 3102,
    });
    expect(defectsOf({ PORT_OFFSET: 'x' })).toEqual(['PORT_OFFSET must be a whole number from 0 to 50000.']);
  });

  it('when they are empty / count as not given', () => {
    expect(readSettings({ GATEWAY_PORT: '', API_TOKEN: ' ', DATA_DIR: '' })).toMatchObject({ gatewayPort: 3000, apiToken: null });
  });

  it('when they are given / are read', () => {
    const environment = {
      GATEWAY_PORT: '4000',
      API_TOKEN: 'cs_12345',
      API_RATE_LIMIT: '0',
      DATA_DIR: '/tmp/x',
      GATEWAY_DATABASE_URL: 'postgresql://u:p@db:5432/gateway',
      KAFKA_BROKERS: 'one:9092,two:9093',
    };
    expect(readSettings(environment)).toMatchObject({
      gatewayPort: 4000,
      apiToken: 'cs_12345',
      apiRateLimit: '0',
      dataDir: '/tmp/x',
      gatewayDatabaseUrl: 'postgresql://u:p@db:5432/gateway',
      kafkaBrokers: 'one:9092,two:9093',
    });
  });

  it.each([
    ['API_TOKEN', 'apiToken', 'cs_12345'],
    ['GATEWAY_DATABASE_URL', 'gatewayDatabaseUrl', 'postgresql://u:p@db:5432/gateway'],
    ['AUTH_DATABASE_URL', 'authDatabaseUrl', 'postgresql://u:p@db:5432/auth'],
  ])('when %s is in a file / is read from it', (name, property, text) => {
    const folder = mkdtempSync(join(tmpdir(), 'settings-'));
    try {
      const file = join(folder, 'secret');
      writeFileSync(file, `${text}\n`);
      expect(readSettings({ [`${name}_FILE`]: file })).toMatchObject({ [property]: text });
      expect(defectsOf({ [`${name}_FILE`]: `${file}-away` })).toEqual([`${name}_FILE names a file that cannot be read.`]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['GATEWAY_PORT', 'abc'],
    ['AUTH_PORT', '0'],
    ['POSTGRES_PORT', '65536'],
    ['KAFKA_PORT', '9092.5'],
    ['API_TOKEN', 'short'],
    ['API_TOKEN', 'with a space'],
    ['API_RATE_LIMIT', '-1'],
    ['API_RATE_LIMIT', '1e3'],
    ['GATEWAY_DATABASE_URL', 'mysql://u:p@db/gateway'],
    ['AUTH_DATABASE_URL', 'postgres://u:p@db'],
    ['KAFKA_BROKERS', 'localhost'],
    ['KAFKA_BROKERS', 'one:9092,'],
  ])('when %s is %j / are refused with one message that names it', (name, value) => {
    expect(defectsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must be `))]);
  });

  it('when several are wrong / the message names each', () => {
    expect(defectsOf({ GATEWAY_PORT: 'x', AUTH_PORT: 'y', API_RATE_LIMIT: 'z' })).toHaveLength(3);
  });

  it('when two parts would share a port / the message names both', () => {
    expect(defectsOf({ AUTH_PORT: '3000' })).toEqual(['AUTH_PORT and GATEWAY_PORT must not both be 3000.']);
  });

  it.each([
    ['GATEWAY_PORT', { GATEWAY_PORT: '6000' }, 6000],
    ['AUTH_PORT', { PORT_OFFSET: '2999' }, 6000],
    ['CONSOLE_PORT', { CONSOLE_PORT: '10080' }, 10080],
  ])('when %s is a port that browsers and fetch refuse / the message names it', (name, settings, port) => {
    expect(defectsOf(settings)).toEqual([`${name} must not be ${port}: browsers, and fetch of Node, do not connect to it.`]);
  });

  it('when a port that browsers refuse is of PostgreSQL or Kafka / it is accepted', () => {
    expect(defectsOf({ POSTGRES_PORT: '6000', KAFKA_PORT: '10080' })).toEqual([]);
  });

  it('when the part of a port is not started here / a shared port is accepted', () => {
    expect(defectsOf({ KAFKA_PORT: '3000', KAFKA_BROKERS: 'kafka:9092' })).toEqual([]);
  });

  it('when a value is wrong / the message does not show it, since it may be a secret', () => {
    expect(defectsOf({ API_TOKEN: 'my secret', AUTH_DATABASE_URL: 'my secret' }).join()).not.toContain('my secret');
  });
});

describe('the demo, whose passwords are public', () => {
  it("when the databases are not the run's own / is not made", () => {
    const url = 'postgresql://u:p@db:5432/mine';
    const named = [{}, { KAFKA_BROKERS: 'kafka:9092' }, { GATEWAY_DATABASE_URL: url }, { AUTH_DATABASE_URL: url }];
    expect(named.map((environment) => ownsDatabases(readSettings(environment)))).toEqual([true, true, false, false]);
  });
});
