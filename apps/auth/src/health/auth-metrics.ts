import { Injectable } from '@nestjs/common';
import { DatabaseHealth, Metrics } from '#app/http';
import { KafkaEventStrategy, type ConsumerReport } from '#app/messaging';
import { poolOf } from '#app/postgres';
import { EntityManager } from '@mikro-orm/postgresql';
import { PasswordVerifier } from '../portal-sessions/password.verifier.js';
import { lagsWithin } from './lag.js';

const LAG_TIMEOUT_MS = 1_000;

type Row<Name extends string> = [name: Name, help: string, (report: ConsumerReport) => number];

const COUNTERS: Row<`${string}_total`>[] = [
  ['applied_records_total', 'Records applied since the process began', ({ applied }) => applied],
  ['skipped_records_total', 'Records of unknown types since the process began', ({ skipped }) => skipped],
  [
    'dead_lettered_records_total',
    'Records moved to the dead letters since the process began',
    ({ deadLettered }) => deadLettered,
  ],
  [
    'unauthentic_records_total',
    'Dead letters without a mark of the gateway since the process began',
    ({ unauthentic }) => unauthentic,
  ],
];
const MEASURES: Row<string>[] = [
  ['partitions', 'Partitions that this process reads', ({ partitions }) => partitions],
  ['partitions_stopped', 'Partitions that wait for the set-up to be repaired', ({ stopped }) => stopped.length],
  ['ok', 'Whether the consumer is well', ({ status }) => (status === 'ok' ? 1 : 0)],
];

/** Metrics of the database and the consumer. */
@Injectable()
export class AuthMetrics {
  constructor(
    metrics: Metrics,
    database: DatabaseHealth,
    events: KafkaEventStrategy,
    em: EntityManager,
    verifier: PasswordVerifier,
  ) {
    metrics.addDatabase(database);
    for (const [name, help, read] of MEASURES) metrics.add({ name: `consumer_${name}`, help, read: () => read(events.report()) });
    for (const [name, help, read] of COUNTERS)
      metrics.addCounter({ name: `consumer_${name}`, help, read: () => read(events.report()) });
    metrics.addLabelled({
      name: 'kafka_consumergroup_lag',
      help: 'Records not yet applied, by partition; every process tells that of the whole group',
      labels: ['consumergroup', 'topic', 'partition'],
      read: async () =>
        ((await lagsWithin(events, LAG_TIMEOUT_MS)) ?? []).map(({ topic, partition, records }) => ({
          labels: { consumergroup: events.groupId, topic, partition },
          value: records,
        })),
    });
    metrics.addPool(() => poolOf(em));
    metrics.addHashes(() => verifier.load);
  }
}
