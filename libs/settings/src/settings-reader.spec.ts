import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { InvalidSettings } from './invalid-settings.js';
import { readKafkaConnection } from './kafka-connection.js';
import { boolean, brokerList, hostName, integer, kafkaName, oneOf, secret, visibleAscii } from './parsers.js';
import { postgresUrl } from './postgres-url.js';
import { SettingsReader, type SettingParser } from './settings-reader.js';

const defectsOf = (settings: SettingsReader): readonly string[] => {
  try {
    settings.accept({});
    return [];
  } catch (error) {
    if (!(error instanceof InvalidSettings)) throw error;
    return error.defects;
  }
};

describe('a setting', () => {
  it('with blanks around it / is read without them', () => {
    expect(new SettingsReader({ PORT: ' 80 ' }).read('PORT', 1, integer(0, 99))).toBe(80);
  });

  it.each([undefined, '', '  '])('when it is %j / is its fallback, also null', (text) => {
    const settings = new SettingsReader({ PORT: text });
    expect(settings.read('PORT', 1, integer(0, 99))).toBe(1);
    expect(settings.read<number | null>('PORT', null, integer(0, 99))).toBeNull();
    expect(defectsOf(settings)).toEqual([]);
  });

  it('when it is in a file / is read, and the file is named if it is unreadable', () => {
    const settings = new SettingsReader({ KEY_FILE: '/nowhere', KEY: '' });
    settings.readOrFile('KEY', visibleAscii(1, 9));
    expect(defectsOf(settings)).toEqual(['KEY_FILE names a file that cannot be read.']);
    expect(new SettingsReader({ KEY_FILE: '/nowhere', KEY: 'here' }).readOrFile('KEY', visibleAscii(1, 9))).toBe('here');
  });

  it.each(['secret\n', 'secret\r\n\r\n', ' \tsecret ', '\uFEFF\nsecret \n'])(
    'when it is in a file as %j / is read without blanks',
    (text) => {
      const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'key');
      writeFileSync(file, text);
      const settings = new SettingsReader({ KEY_FILE: file });
      expect(settings.readOrFile('KEY', visibleAscii(1, 9))).toBe('secret');
      expect(settings.renewable('KEY')!()).toBe('secret');
      rmSync(dirname(file), { recursive: true });
    },
  );

  it('when it is blank / counts as absent, and so does the name of its file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'key');
    writeFileSync(file, 'secret');
    const inFile = new SettingsReader({ KEY: ' ', KEY_FILE: ` ${file} ` });
    expect(inFile.readOptionalOrFile('KEY', visibleAscii(1, 9))).toBe('secret');
    expect(inFile.renewable('KEY')!()).toBe('secret');
    rmSync(dirname(file), { recursive: true });
    const nowhere = new SettingsReader({ KEY: ' ', KEY_FILE: ' ' });
    expect(nowhere.readOptionalOrFile('KEY', visibleAscii(1, 9))).toBeUndefined();
    expect(nowhere.renewable('KEY')).toBeUndefined();
    expect(defectsOf(nowhere)).toEqual([]);
  });

  it.each(['"secret"', "'secret'"])(
    'when an env file left quotes around it (%s) / is refused, and the quotes are named',
    (text) => {
      const settings = new SettingsReader({ KEY: text });
      settings.read('KEY', undefined, visibleAscii(1, 9));
      expect(defectsOf(settings)).toEqual(['KEY must not be in quotes: not every reader of env files removes them.']);
    },
  );

  it('when several are missing or wrong / all are named', () => {
    const settings = new SettingsReader({ PORT: 'x' });
    settings.read('PORT', 1, integer(0, 99));
    settings.read('URL', undefined, postgresUrl);
    settings.readOrFile('KEY', secret);
    settings.refuse('One and two must differ.');
    expect(defectsOf(settings)).toEqual([
      'PORT must be a whole number from 0 to 99.',
      'URL is required.',
      'KEY is required.',
      'One and two must differ.',
    ]);
  });
});

describe('a value', () => {
  it.each<[string, SettingParser<unknown>, string[], string[]]>([
    ['integer', integer(1, 99), ['1', '99', '007'], ['0', '100', '-1', '1.5', '1e1', 'x', '9999999999']],
    ['boolean', boolean, ['true', 'false', '0', '1'], ['yes', 'TRUE']],
    ['word', oneOf(['plain', 'fancy']), ['plain'], ['plainer', 'Plain']],
    ['token', visibleAscii(3, 5), ['abc', '~!$#%'], ['ab', 'abcdef', 'a b c', 'äöü']],
    ['Kafka name', kafkaName(5), ['a.b-_'], ['abcdef', 'a b', 'ä']],
    [
      'database',
      postgresUrl,
      ['postgres://u:p@h/db', 'postgresql://h:1/db?sslmode=require'],
      ['mysql://h/db', 'postgres://h', 'h/db'],
    ],
    ['host', hostName, ['gateway.example', '127.0.0.1', '::', 'fd00::20'], ['[::1]', 'a b', 'fe80::1%eth0']],
    ['broker list', brokerList, ['a:1', 'a:1, b:2'], ['a', 'a:1,', ':1', 'a:b']],
    ['secret', secret, [Buffer.alloc(32).toString('base64url')], [Buffer.alloc(31).toString('base64url'), '?']],
  ])('of the kind %s / is parsed, or rejected with its rule', (_, parse, right, wrong) => {
    for (const text of right) expect(() => parse(text)).not.toThrow();
    for (const text of wrong) expect(() => parse(text)).toThrow(/^must be /);
  });
});

describe('a setting that is renewed from its file', () => {
  it('when the file is being replaced at its first use / has the content of the start', () => {
    const folder = mkdtempSync(join(tmpdir(), 'settings-'));
    try {
      const file = join(folder, 'password');
      writeFileSync(file, 'first\n');
      const renewed = new SettingsReader({ PASSWORD_FILE: file }).renewable('PASSWORD')!;
      rmSync(file);
      expect(renewed()).toBe('first');
      writeFileSync(file, 'second\n');
      expect(renewed()).toBe('second');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the connection to Kafka', () => {
  const read = (source: Record<string, string>) => readKafkaConnection(new SettingsReader({ KAFKA_BROKERS: 'a:1', ...source }));

  it('when there is a user / signs in, with the password unchanged', () => {
    expect(read({})).toEqual({ brokers: ['a:1'], ssl: false, sasl: undefined });
    expect(
      read({ KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: ' p ', KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SSL: '1' }).sasl,
    ).toEqual({
      mechanism: 'plain',
      username: 'me',
      password: ' p ',
    });
    expect(read({ KAFKA_SASL_USERNAME: 'me' }).sasl).toMatchObject({ mechanism: 'scram-sha-512', password: '' });
  });

  it('when the mechanism is unknown / is refused', () => {
    const settings = new SettingsReader({ KAFKA_BROKERS: 'a:1', KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_MECHANISM: 'oauth' });
    readKafkaConnection(settings);
    expect(defectsOf(settings)).toEqual([
      'KAFKA_SASL_MECHANISM must be one of plain, scram-sha-256, scram-sha-512, oauthbearer.',
    ]);
  });

  it('when the mechanism is plain without TLS / is refused, unless the setting allows it', () => {
    const plain = { KAFKA_BROKERS: 'a:1', KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_MECHANISM: 'plain' };
    const refused = new SettingsReader(plain);
    readKafkaConnection(refused);
    expect(defectsOf(refused)).toEqual([expect.stringContaining('KAFKA_SASL_PLAIN_WITHOUT_TLS')]);
    const allowed = new SettingsReader({ ...plain, KAFKA_SASL_PLAIN_WITHOUT_TLS: 'true' });
    readKafkaConnection(allowed);
    expect(defectsOf(allowed)).toEqual([]);
  });
});
