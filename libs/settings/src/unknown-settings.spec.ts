import { describe, expect, it } from '@jest/globals';
import { unknownSettings } from './unknown-settings.js';

describe('names that look like settings', () => {
  it.each([
    ['KAFKA_BROKER', 'KAFKA_BROKERS'],
    ['GATEWAY_PRT', 'GATEWAY_PORT'],
    ['GATEWYA_PORT', 'GATEWAY_PORT'],
    ['DATABASE_URI', 'AUTH_DATABASE_URL or GATEWAY_DATABASE_URL'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_BROKERS'],
    ['RATE_LIMIT', 'API_RATE_LIMIT'],
  ])('when %s is set / the sentence names %s', (name, nearest) => {
    expect(unknownSettings({ [name]: 'x' })).toEqual([`${name} is no setting and changes nothing. Did you mean ${nearest}?`]);
  });

  it.each([
    ...[
      'GATEWAY_PORT',
      'AUTH_SECRET_FILE',
      'PATH',
      'HOME',
      'LANG',
      'LC_ALL',
      'NODE_ENV',
      'NODE_OPTIONS',
      'TERM',
      'SHLVL',
      'PWD',
      'USER',
    ],
    ...[
      'SSL_CERT_FILE',
      'KAFKA_HEAP_OPTS',
      'KAFKA_OPTS',
      'PORT',
      'HOSTNAME',
      'CI',
      'GITHUB_TOKEN',
      'npm_config_cache',
      'SSH_AUTH_SOCK',
    ],
  ])('when %s is set / nothing is said', (name) => {
    expect(unknownSettings({ [name]: 'x' })).toEqual([]);
  });

  it('when the variable is empty / nothing is said', () => {
    expect(unknownSettings({ KAFKA_BROKER: ' ' })).toEqual([]);
  });
});
