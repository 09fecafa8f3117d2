import type pg from 'pg';
import { OutboxPasses, type PassesEnd } from '../../../libs/messaging/src/outbox/outbox-passes.js';
import { OutboxPublisher, type PublishResult } from '../../../libs/messaging/src/outbox/outbox-publisher.js';
import type { PendingRow } from '../../../libs/messaging/src/outbox/pending-rows.js';
import { RelayLease } from '../../../libs/messaging/src/outbox/relay-lease.js';
import { PostgresClient } from '../../../libs/postgres/src/postgres-client.js';
import { around, together } from '../seams/around.js';
import type { Defect } from './defects.js';

/** Private members of these classes. */
interface OpenLease {
  session: pg.Client;
  deadline: number;
  tryLock(): Promise<boolean>;
}
interface OpenPasses {
  publisher: OutboxPublisher;
  options: { stopped: AbortSignal };
  publish(rows: PendingRow[], lease: RelayLease): Promise<void>;
  lease: RelayLease | undefined;
  publishWhileHeld(session: pg.Client, lease: RelayLease): Promise<PassesEnd>;
}
interface OpenPublisher {
  discardProducer(): Promise<void>;
}

const FOR_EVER_MS = 1e9;
const NEXT_ROWS = 'outbox-next';
const lease = RelayLease.prototype as unknown as OpenLease;
const passes = OutboxPasses.prototype as unknown as OpenPasses;
const publisher = OutboxPublisher.prototype as unknown as OpenPublisher;

const withoutLease = (): (() => void) =>
  together(
    around(lease, 'tryLock', (_lock, _args, self) => {
      self.deadline = performance.now() + FOR_EVER_MS;
      return Promise.resolve(true);
    }),
    around(RelayLease.prototype, 'renew', () => Promise.resolve(true)),
    around(RelayLease.prototype, 'deletePublished', async (_remove, [ids], self) => {
      await deleteRows((self as unknown as OpenLease).session, ids);
    }),
  );

/** A cursor on the id instead of a query for the remaining rows. */
function withCursor(): () => void {
  let last = 0;
  return around(
    PostgresClient.prototype as { query: (config: unknown, ...rest: unknown[]) => unknown },
    'query',
    (query, [config, ...rest]) => {
      const statement = (config ?? {}) as { name?: string };
      if (statement.name !== NEXT_ROWS) return query();
      const found = query({ ...statement, values: [last] }, ...rest);
      return (found as Promise<{ rows: { id: string }[] }>).then((result) => {
        last = Math.max(last, ...result.rows.map(({ id }) => Number(id)));
        return result;
      });
    },
  );
}

/** Several workers in parallel, each on the oldest row that no other worker has. */
const withSkippedLocks = (): (() => void) =>
  together(
    withoutLease(),
    around(passes, 'publishWhileHeld', async (_publish, [session, lease], self) => {
      const { publisher, options } = self;
      self.lease = lease;
      while (!options.stopped.aborted) {
        await session.query('begin');
        const { rows } = await session.query<PendingRow>('select * from outbox order by id limit 1 for update skip locked');
        const { published } = rows.length > 0 ? await publisher.publish(rows) : { published: [] };
        await deleteRows(session, published);
        await session.query('commit');
        if (rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return 'stopped';
    }),
  );

export const RELAY_DEFECTS: Readonly<Record<string, Defect>> = {
  'no-lease': { title: 'every relay publishes, whoever holds the lease', plant: withoutLease },
  'cursor-on-id': { title: 'the relay asks for ids above the last one', plant: withCursor },
  'skip-locked': { title: 'several relays take rows that no other has locked', plant: withSkippedLocks },
  'delete-before-ack': {
    title: 'rows are deleted before the broker has them',
    plant: () =>
      around(passes, 'publish', async (publish, [rows, held]) => {
        await held.deletePublished(rows.map(({ id }) => id));
        await publish();
      }),
  },
  'no-coverage-check': {
    title: 'a send that resolves is taken for one that reached every partition',
    plant: () =>
      around(OutboxPublisher.prototype, 'publish', async (publish, [rows]): Promise<PublishResult> => {
        const result = await publish();
        const isPartial = result.published.length > 0 && result.failed.length > 0;
        return isPartial ? { published: rows.map(({ id }) => id), failed: [], failure: undefined } : result;
      }),
  },
  'producer-kept': {
    title: 'a producer goes on after a send that failed',
    plant: () => around(publisher, 'discardProducer', () => Promise.resolve()),
  },
};

async function deleteRows(session: pg.Client, ids: readonly number[]): Promise<void> {
  await session.query('delete from outbox where id = any($1::bigint[])', [ids]);
}
