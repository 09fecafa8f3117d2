import { describe, expect, it } from '@jest/globals';
import { aclScript } from '#app/messaging';
import { gatewayAcls, PRINCIPALS } from './set-up.acls.js';

const lines = (principals: Record<string, string> = PRINCIPALS) =>
  aclScript(gatewayAcls(principals, { prefix: 'crm', consumerGroup: 'crm-auth' }))
    .split('\n')
    .filter((line) => line.startsWith('kafka-acls.sh '));

describe('the ACLs of the gateway and its readers', () => {
  it('when users are counted that may write logins / there is the gateway alone', () => {
    const writers = lines().filter((line) => /--operation Write/.test(line) && / --topic crm\.portal-logins\.v1( |$)/.test(line));
    expect(writers).toEqual([expect.stringContaining(`--allow-principal 'User:contact-sync-gateway' `)]);
  });

  it('when a subscriber is looked at / it reads contacts and companies, and no login', () => {
    const readable = lines().filter((line) => line.includes(`'User:contact-sync-subscriber' --operation Read --topic`));
    expect(readable).toEqual([expect.stringMatching(/--topic crm\.contacts\.v1 --topic crm\.companies\.v1$/)]);
  });

  it('when the user of a certificate subscribes / its groups begin with the common name', () => {
    const groups = lines({ ...PRINCIPALS, subscriber: 'User:CN=erp import,O=Acme' }).filter((line) => line.includes('prefixed'));
    expect(groups.at(-1)).toMatch(
      /'User:CN=erp import,O=Acme' --operation Read --group erp-import --resource-pattern-type prefixed$/,
    );
  });
});
