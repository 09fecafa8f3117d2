import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { authAcls, PRINCIPALS as AUTH_PRINCIPALS } from '../apps/auth/src/set-up.acls.js';
import { gatewayAcls, PRINCIPALS as GATEWAY_PRINCIPALS } from '../apps/gateway/src/set-up.acls.js';

interface Rule {
  resource: { type: string; name: string; patternType?: 'prefix' };
  operations: string[];
}
interface KafkaUser {
  kind: string;
  metadata: { name: string };
  spec: { authorization: { acls: Rule[] } };
}

const NAMES = { prefix: 'contact-sync', consumerGroup: 'contact-sync-auth' };
const PRINCIPALS = { ...GATEWAY_PRINCIPALS, ...AUTH_PRINCIPALS, 'set-up': 'User:contact-sync-topics' };
const printed = [...gatewayAcls(PRINCIPALS, NAMES), ...authAcls(PRINCIPALS, NAMES)].flatMap(({ acls }) => acls);

const users = loadAll(readFileSync('deploy/helm/values/strimzi-users.yaml', 'utf8')) as KafkaUser[];

describe("the users of Strimzi's Kafka", () => {
  it('when they are counted / there is one for each task', () => {
    expect(users.map(({ metadata }) => `User:${metadata.name}`).sort()).toEqual(Object.values(PRINCIPALS).sort());
  });

  it.each(users.map(({ metadata, spec }) => [metadata.name, spec.authorization.acls] as const))(
    'when the rules of %s are compared / they are those that the set-ups print',
    (name, rules) => {
      const given = printed
        .filter(({ principal }) => principal === `User:${name}`)
        .flatMap(({ resource: type, names, operations, isPrefix }) =>
          names.map((each) => ({ resource: { type, name: each, ...(isPrefix && { patternType: 'prefix' }) }, operations })),
        );
      expect(rules).toEqual(given);
    },
  );
});
