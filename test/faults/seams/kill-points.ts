import { EntityManager } from '@mikro-orm/postgresql';
import { DeadLetters } from '../../../libs/messaging/src/consumer/dead-letters.js';
import { OutboxPublisher } from '../../../libs/messaging/src/outbox/outbox-publisher.js';
import { Outbox } from '../../../libs/messaging/src/outbox/outbox.js';
import { RelayLease } from '../../../libs/messaging/src/outbox/relay-lease.js';
import { StatementTransaction } from '../../../libs/postgres/src/statement-pool.js';
import { around, together } from './around.js';

const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('Killed.');
};

/**
 * Points at which a process kills itself as `kill -9` does, at the named moment and no other. Each wraps a method of that moment,
 * and decides when in its course the process ends.
 */
export const KILL_POINTS: Readonly<Record<string, (isDue: () => boolean) => () => void>> = {
  'before-flush': (isDue) => around(EntityManager.prototype, 'flush', (flush) => (isDue() ? die() : flush())),
  'before-outbox': (isDue) => around(Outbox.prototype, 'record', (record) => (isDue() ? die() : record())),
  'before-commit': (isDue) =>
    together(
      around(EntityManager.prototype, 'commit', (commit) => (isDue() ? die() : commit())),
      around(StatementTransaction.prototype, 'commit', (commit) => (isDue() ? die() : commit())),
    ),
  'after-commit': (isDue) => {
    const dieAfter = async (commit: () => Promise<void>): Promise<void> => {
      await commit();
      if (isDue()) die();
    };
    return together(
      around(EntityManager.prototype, 'commit', dieAfter),
      around(StatementTransaction.prototype, 'commit', dieAfter),
    );
  },
  'after-send': (isDue) => around(RelayLease.prototype, 'deletePublished', (remove) => (isDue() ? die() : remove())),
  'after-delete': (isDue) =>
    around(RelayLease.prototype, 'deletePublished', async (remove) => {
      await remove();
      if (isDue()) die();
    }),
  'mid-batch': (isDue) =>
    around(OutboxPublisher.prototype, 'publish', async (publish, [rows]) => {
      if (rows.length < 2 || !isDue()) return publish();
      await publish(rows.slice(0, Math.ceil(rows.length / 2)));
      return die();
    }),
  'dead-letter': (isDue) =>
    around(DeadLetters.prototype, 'keep', (keep) => {
      const kept = keep();
      if (isDue()) setTimeout(die, 1);
      return kept;
    }),
};
