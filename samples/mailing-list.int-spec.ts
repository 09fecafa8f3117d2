import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ContactSnapshot } from '@contact-sync/contracts';
import { logLevel } from 'kafkajs';
import { eventually } from '#app/system/testing';
import { TestGateway } from '../test/gateway.harness.js';
import { followContacts } from './mailing-list.kafka.js';
import { MailingList } from './mailing-list.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway.stop());

it('when a subscriber starts from zero while contacts change / it has old contacts and all changes', async () => {
  const [ann, bob] = [await gateway.createContact({ email: 'ann@x.io' }), await gateway.createContact({ email: 'bob@x.io' })];
  const list = new MailingList();
  const readContacts = async (): Promise<void> => {
    for (const { id } of [ann, bob])
      list.seed((await gateway.call<{ data: ContactSnapshot }>('GET', `/contacts/${id}`)).body.data);
    await gateway.update(ann.id, { email: 'ann@y.io' });
  };
  const connection = { brokers: gateway.brokers, topic: gateway.topic('contacts.v1'), logLevel: logLevel.NOTHING };
  // A broker does not know its groups right after its start.
  const end = await eventually(() => followContacts(list, connection, readContacts));
  try {
    await gateway.call('DELETE', `/contacts/${bob.id}`);
    const cem = await gateway.createContact({ email: 'cem@x.io' });
    await eventually(() => {
      const emails = new Map([...list.members].map(([id, { email }]) => [String(id), email]));
      expect(emails).toEqual(
        new Map([
          [ann.id, 'ann@y.io'],
          [cem.id, 'cem@x.io'],
        ]),
      );
    });
  } finally {
    await end();
  }
});
