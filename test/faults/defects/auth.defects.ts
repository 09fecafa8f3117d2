import kafkajs, { type Admin } from 'kafkajs';
import { SyncPortalLoginsHandler } from '../../../apps/auth/src/portal-logins/sync-portal-logins.handler.js';
import type { LoginStore } from '../../../apps/auth/src/portal-logins/login.store.js';
import { BatchDelivery } from '../../../libs/messaging/src/consumer/batch-delivery.js';
import type { BatchPosition } from '../../../libs/messaging/src/consumer/event-batch.js';
import { around } from '../seams/around.js';
import type { Defect } from './defects.js';

interface OpenHandler {
  store: LoginStore;
  apply(...args: unknown[]): Promise<unknown>;
}
interface OpenDelivery {
  handle(run: unknown, position: BatchPosition): Promise<void>;
}

export const AUTH_DEFECTS: Readonly<Record<string, Defect>> = {
  'removed-row-deleted': {
    title: 'the row of a removed login is deleted, and with it the guard against late repetitions',
    plant: () =>
      around(SyncPortalLoginsHandler.prototype as unknown as OpenHandler, 'apply', async (apply, _args, { store }) => {
        const applied = await apply();
        await store.statements.query({ name: 'delete-removed', text: 'delete from portal_login where removed' }, []);
        return applied;
      }),
  },
  'offset-before-commit': {
    title: 'the offset is stored before what the records lead to',
    plant: () =>
      around(BatchDelivery.prototype as unknown as OpenDelivery, 'handle', async (handle, [, position], self) => {
        await (self as unknown as BatchDelivery).pass(position);
        await handle();
      }),
  },
  'from-the-end': {
    title: 'a partition of which nothing is stored is read from its end',
    plant: () =>
      around(kafkajs.Kafka.prototype as unknown as { admin: () => Admin }, 'admin', (makeAdmin) => {
        const admin = makeAdmin();
        const fetchTopicOffsets = admin.fetchTopicOffsets.bind(admin);
        admin.fetchTopicOffsets = async (topic) => (await fetchTopicOffsets(topic)).map((each) => ({ ...each, low: each.high }));
        return admin;
      }),
  },
  'error-swallowed': {
    title: 'a failure to apply is taken for success',
    plant: () => around(BatchDelivery.prototype, 'deliver', (deliver) => deliver().catch(() => undefined)),
  },
};
