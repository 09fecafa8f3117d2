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
    ['EVENT_MAC_KEY_FILE', 'EVENT_MAC_KEYS_FILE'],
    ['AUTH_SECRETS_FILE', 'AUTH_SECRET_FILE'],
    ['DATABASE_URL_FILE', 'AUTH_DATABASE_URL_FILE or GATEWAY_DATABASE_URL_FILE'],
    ['KAFKA_SASL_USERNAME_FILE', 'KAFKA_SASL_USERNAME'],
    ['TRUST_PROXY_FILE', 'TRUST_PROXY'],
  ])('when %s is set / the sentence names %s', (name, nearest) => {
    expect(unknownSettings({ [name]: 'x' })).toEqual([`${name} is no setting and changes nothing. Did you mean ${nearest}?`]);
  });

  it.each([
    ...[
      'GATEWAY_PORT',
      'AUTH_SECRET_FILE',
      'KAFKA_SSL_CA_FILE',
      'GATEWAY_DATABASE_URL_FILE',
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
      'NIX_SSL_CERT_FILE',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
      'POSTGRES_PASSWORD_FILE',
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
