import { expect, it } from '@jest/globals';
import type { ContactSyncEvent } from '#app/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { InvalidOutboxEvent, MAX_PAYLOAD_BYTES, Outbox } from './outbox.js';

const outbox = new Outbox({ topicPrefix: 'spec', validate: false });
/** Fails at whatever is asked of it but whether there is a transaction. */
const entityManager = (inTransaction: boolean) => ({ isInTransaction: () => inTransaction }) as EntityManager;
const event = (name: string): ContactSyncEvent =>
  ({
    id: '0198c0de-0000-7000-8000-000000000000',
    time: '2026-01-01T00:00:00.000Z',
    correlationId: 'spec',
    actor: '1',
    traceparent: null,
    name: 'ContactDeleted',
    data: { contact_id: 1, version: 1, company_ids: [], name },
  }) as unknown as ContactSyncEvent;

it('when an event is invalid for a record / is refused before the commit, since it would block all later rows', async () => {
  const adding = outbox.record(entityManager(true), [event('x'.repeat(MAX_PAYLOAD_BYTES))]);
  await expect(adding).rejects.toThrow(new InvalidOutboxEvent('ContactDeleted is too large.'));
});

it('outside the transaction of the change / nothing is recorded', async () => {
  await expect(outbox.record(entityManager(false), [event('x')])).rejects.toThrow(/transaction of the change/);
});
