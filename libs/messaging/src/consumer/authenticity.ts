import type { KafkaMessage } from 'kafkajs';
import type { TopicPartition } from './dead-letters.js';

/**
 * An app's judgement of who wrote a record, made before the record is read.
 * - `genuine`: the record is applied.
 * - `skipped`: the record is skipped and counted.
 * - `unauthentic`, with a reason: the record is dead-lettered and nothing of it is applied; it never stops a partition.
 */
export type Authenticity = 'genuine' | 'skipped' | { unauthentic: string };

/**
 * Judges records of one partition, in order. Throws only errors after which a later attempt can succeed.
 * @param isLone whether the record is tried by itself, since its batch failed: then the judgement can take longer
 */
export type Authenticate = (
  records: readonly KafkaMessage[],
  place: TopicPartition,
  isLone: boolean,
) => Promise<readonly Authenticity[]>;

/** Consecutive records that are processed together; an unauthentic record stands alone. */
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
