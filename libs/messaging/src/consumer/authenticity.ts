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
 * @param isThorough whether the records' batch failed, so that they are tried by themselves: then the judgement can take longer
 */
export type Authenticate = (
  records: readonly KafkaMessage[],
  place: TopicPartition,
  isThorough: boolean,
) => Promise<readonly Authenticity[]>;

/** Consecutive records that are processed together. */
export interface AuthenticRun {
  records: KafkaMessage[];
  skipped: Set<KafkaMessage>;
  /** Why each of the records is dead-lettered; undefined where none is unauthentic. */
  unauthentic: string[] | undefined;
}

/** Records that are processed together, as nothing is known against them. */
export const wholeRun = (records: readonly KafkaMessage[]): AuthenticRun => ({
  records: [...records],
  skipped: new Set(),
  unauthentic: undefined,
});

/** Splits records where authentic and unauthentic ones meet. */
export function runsOf(records: readonly KafkaMessage[], judgements: readonly Authenticity[]): AuthenticRun[] {
  const runs: AuthenticRun[] = [];
  records.forEach((record, index) => {
    const judgement = judgements[index]!;
    const reason = typeof judgement === 'string' ? undefined : `unauthentic: ${judgement.unauthentic}`;
    let run = runs.at(-1);
    if (!run || (run.unauthentic === undefined) !== (reason === undefined))
      runs.push((run = { ...wholeRun([]), unauthentic: reason === undefined ? undefined : [] }));
    run.records.push(record);
    if (reason !== undefined) run.unauthentic?.push(reason);
    if (judgement === 'skipped') run.skipped.add(record);
  });
  return runs;
}
