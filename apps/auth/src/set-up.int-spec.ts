import { expect, it } from '@jest/globals';
import { freePort, runScript } from '#app/system/testing';

it('when a setting is misspelt, or is in a file that nobody reads / set-up says so before it does anything', async () => {
  const { err, code } = await runScript('apps/auth/src/set-up.js', [], {
    PATH: process.env['PATH'],
    AUTH_DATABASE_URL: `postgresql://user:pass@127.0.0.1:${await freePort()}/auth`,
    KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
    TOPIC_PARTITION: '12',
    KAFKA_SASL_USERNAME_FILE: '/run/secrets/user',
  });
  expect(err.split('\n').slice(0, 2)).toEqual([
    'TOPIC_PARTITION is no setting and changes nothing. Did you mean TOPIC_PARTITIONS?',
    'KAFKA_SASL_USERNAME_FILE is no setting and changes nothing. Did you mean KAFKA_SASL_USERNAME?',
  ]);
  expect(code).toBe(1);
});
