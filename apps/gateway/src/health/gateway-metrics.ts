import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { DatabaseHealth, Metrics } from '#app/http';
import { OutboxBound, OutboxRelay, RELAY_STATES } from '#app/messaging';
import { poolOf, StatementPool } from '#app/postgres';
import { AuditTrail } from '../callers/audit-trail.js';
import { IdempotencyCounts } from '../writes/idempotency-counts.js';
import { OutboxBacklog } from './outbox-backlog.js';

/** Metrics of the database, the outbox and the relay. */
@Injectable()
export class GatewayMetrics {
  constructor(
    metrics: Metrics,
    database: DatabaseHealth,
    em: EntityManager,
    relay: OutboxRelay,
    outbox: OutboxBacklog,
    bound: OutboxBound,
    keys: IdempotencyCounts,
    pool: StatementPool,
    audit: AuditTrail,
  ) {
    metrics.addDatabase(database);
    metrics.addPool(() => poolOf(em));
    addBatches(metrics, pool);
    metrics.addState('relay_state', 'What the relay of this process does', RELAY_STATES, () => relay.state);
    metrics.addCounter({
      name: 'relay_published_events_total',
      help: 'Events that this process has published since it began',
      read: () => relay.published,
    });
    metrics.addCounter({
      name: 'relay_failures_total',
      help: 'Failed attempts to publish since the process began',
      read: () => relay.failed,
    });
    metrics.add({
      name: 'relay_blocked_partitions',
      help: 'Partitions that take no events of this process',
      read: () => relay.report().blocked.length,
    });
    metrics.add({
      name: 'relay_fault',
      help: 'Whether this process handed publishing over since it cannot',
      read: () => Number(relay.report().fault !== null),
    });
    metrics.addTally({
      name: 'idempotency_results_total',
      help: 'Writes with an Idempotency-Key since the process began: result kept, replayed, or conflict with another request',
      label: 'outcome',
      tally: keys.tally,
    });
    metrics.addCounter({
      name: 'audit_entries_lost_total',
      help: 'Entries that the audit trail lacks since the process began; a row has their number',
      read: () => audit.lost,
    });
    metrics.add({
      name: 'outbox_rows',
      help: 'Events that wait to be published, at most',
      read: async () => (await outbox.read()).rows,
    });
    metrics.add({
      name: 'outbox_oldest_seconds',
      help: 'Age of the oldest event that waits',
      read: async () => (await outbox.read()).oldestMs / 1_000,
    });
    metrics.add({
      name: 'outbox_full',
      help: 'Whether changes are refused since the outbox is at its bound; NaN while the database does not tell',
      // Undefined is NaN.
      read: () => Number(bound.counted),
    });
  }
}

/** Writes of contacts share transactions: requests divided by transactions are the writes a batch. */
function addBatches(metrics: Metrics, { counts }: StatementPool): void {
  metrics.addCounter({
    name: 'batch_transactions_total',
    help: 'Transactions of batches of writes since the process began',
    read: () => counts.transactions,
  });
  metrics.addCounter({
    name: 'batch_statements_total',
    help: 'Statements in these transactions',
    read: () => counts.statements,
  });
  metrics.addCounter({
    name: 'batch_round_trips_total',
    help: 'Round trips to the database in these transactions',
    read: () => counts.roundTrips,
  });
}
