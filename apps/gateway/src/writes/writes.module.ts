import { EntityManager } from '@mikro-orm/postgresql';
import { Logger, Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { createKafka, Outbox, OutboxBound, OutboxRelay } from '#app/messaging';
import type { EventMacKeys } from '#app/credentials';
import { StatementPool, type DatabaseUrl } from '#app/postgres';
import type { KafkaConnection } from '#app/settings';
import { EventRecorder, type RecordHistory } from './event-recorder.js';
import { IdempotencyCounts } from './idempotency-counts.js';
import { IdempotencyKeys } from './idempotency.hook.js';
import { IdempotencyStore } from './idempotency-store.js';
import { IdempotencySweep } from './idempotency-sweep.js';
import { loginMarks } from './login-marks.js';
import { WriteBus } from './write-bus.js';
import { Writes } from './writes.js';

const RELAY_POLL_MS = 500;
/** At most four batches of writes run at once; the other connections look up keys and emails, and read single contacts. */
const STATEMENT_CONNECTIONS = 6;
/** All statements find rows by keys. A plan is kept by its connection, and a table that is small at first can be large soon after. */
const STATEMENT_SESSION = { enable_seqscan: 'off', jit: 'off' } as const;

interface WritesSettings {
  databaseUrl: DatabaseUrl;
  secret: Buffer;
  kafka: KafkaConnection;
  topics: { prefix: string; partitions: number };
  /** Keys that mark the records of logins; absent: records are unmarked. */
  eventMacKeys: EventMacKeys | undefined;
  /** Whether each event is checked against its schema. */
  validateEvents: boolean;
  /** Most rows of the outbox before changes are refused. */
  outboxMaxRows: number;
}

/** The parts of a write: its transaction, its events, their publication, and the stored results. */
@Module({})
export class WritesModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly relay: OutboxRelay,
    private readonly bound: OutboxBound,
    private readonly statements: StatementPool,
  ) {}

  /** @param recordHistory adds events to the histories of their contacts */
  static register(settings: WritesSettings, recordHistory: RecordHistory): DynamicModule {
    const { databaseUrl: url, topics, validateEvents: validate } = settings;
    const applicationName = 'contact-sync gateway';
    const outbox = new Outbox({ topicPrefix: topics.prefix, validate });
    return {
      module: WritesModule,
      global: true,
      providers: [
        IdempotencyCounts,
        IdempotencyStore,
        IdempotencySweep,
        WriteBus,
        Writes,
        {
          provide: IdempotencyKeys,
          useFactory: (stored: IdempotencyStore, counts: IdempotencyCounts) =>
            new IdempotencyKeys({ stored, counts, secret: settings.secret }),
          inject: [IdempotencyStore, IdempotencyCounts],
        },
        { provide: EventRecorder, useValue: new EventRecorder(outbox, recordHistory) },
        {
          provide: StatementPool,
          useFactory: () =>
            new StatementPool({ url, applicationName, poolMax: STATEMENT_CONNECTIONS, sessionSettings: STATEMENT_SESSION }),
        },
        {
          provide: OutboxBound,
          useFactory: (em: EntityManager) => new OutboxBound(em, settings.outboxMaxRows),
          inject: [EntityManager],
        },
        { provide: OutboxRelay, useFactory: () => relayOf(settings) },
      ],
      exports: [IdempotencyCounts, IdempotencyKeys, IdempotencyStore, OutboxBound, OutboxRelay, StatementPool, WriteBus, Writes],
    };
  }

  onApplicationBootstrap(): void {
    this.relay.start();
    this.bound.start();
  }

  /** Runs after the last request was answered: the relay's pass ends, and the lease is given back. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.relay.stop(), this.bound.stop(), this.statements.end()]);
  }
}

function relayOf({ databaseUrl, kafka, topics: { prefix, partitions }, eventMacKeys }: WritesSettings): OutboxRelay {
  const client = createKafka({ ...kafka, clientId: 'contact-sync-gateway' }, new Logger('Kafka'));
  return new OutboxRelay(client, {
    databaseUrl,
    applicationName: 'contact-sync relay',
    partitions,
    stamp: loginMarks(eventMacKeys, prefix),
    pollMs: RELAY_POLL_MS,
  });
}
