import { Injectable } from '@nestjs/common';
import { Metrics } from '#app/http';
import { KafkaEventStrategy, type ConsumerReport } from '#app/messaging';
import { poolOf } from '#app/postgres';
import { EntityManager } from '@mikro-orm/postgresql';
import { PasswordVerifier } from '../portal-sessions/password.verifier.js';
import { lagWithin } from './lag.js';

const LAG_TIMEOUT_MS = 1_000;

const MEASURES: [name: string, help: string, (report: ConsumerReport) => number][] = [
  ['records_applied', 'Records applied since the process began', ({ applied }) => applied],
  ['records_skipped', 'Records of unknown types since the process began', ({ skipped }) => skipped],
  ['records_dead_lettered', 'Records moved to the dead letters since the process began', ({ deadLettered }) => deadLettered],
  ['records_unauthentic', 'Dead letters without a mark of the gateway since the process began', ({ unauthentic }) => unauthentic],
  ['partitions', 'Partitions that this process reads', ({ partitions }) => partitions],
  ['partitions_stopped', 'Partitions that wait for the set-up to be repaired', ({ stopped }) => stopped.length],
  ['ok', 'Whether the consumer is well', ({ status }) => (status === 'ok' ? 1 : 0)],
];

/** What the auth app has to tell beside its requests: its consumer. */
@Injectable()
export class AuthMetrics {
  constructor(metrics: Metrics, events: KafkaEventStrategy, em: EntityManager, verifier: PasswordVerifier) {
    for (const [name, help, read] of MEASURES) metrics.add({ name: `consumer_${name}`, help, read: () => read(events.report()) });
    const read = async (): Promise<number> => (await lagWithin(events, LAG_TIMEOUT_MS)) ?? Number.NaN;
    metrics.add({ name: 'consumer_lag_records', help: 'Records not yet applied', read });
    metrics.addPool(() => poolOf(em));
    metrics.addHashes(() => verifier.load);
  }
}
