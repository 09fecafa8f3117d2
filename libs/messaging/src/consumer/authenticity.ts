import type { KafkaMessage } from 'kafkajs';
import type { TopicPartition } from './dead-letters.js';

/**
 * What an app says of a record before anything of it is read.
 * - `genuine`: it is applied.
 * - `skipped`: it is passed over and counted.
 * - `unauthentic`, with why: a dead letter of which nothing is applied; it never stops a partition.
 */
export type Authenticity = 'genuine' | 'skipped' | { unauthentic: string };

/** Judges records of one partition, in their order. Throws only what a later attempt can get past. */
export type Authenticate = (records: readonly KafkaMessage[], place: TopicPartition) => Promise<readonly Authenticity[]>;

/** Consecutive records that are handed over together; an unauthentic one stands alone. */
export interface AuthenticRun {
  records: KafkaMessage[];
  skipped: Set<KafkaMessage>;
  isAuthentic: boolean;
}

/** Splits records at the unauthentic ones. */
export function runsOf(records: readonly KafkaMessage[], judgements: readonly Authenticity[]): AuthenticRun[] {
  const runs: AuthenticRun[] = [];
  records.forEach((record, index) => {
    const judgement = judgements[index]!;
    const isAuthentic = typeof judgement === 'string';
    let run = runs.at(-1);
    if (!run?.isAuthentic || !isAuthentic) runs.push((run = { records: [], skipped: new Set(), isAuthentic }));
    run.records.push(record);
    if (judgement === 'skipped') run.skipped.add(record);
  });
  return runs;
}
