import { refusalOf, type PartitionProducer } from '../kafka/partition-producer.js';
import type { PartitionAnswer, PartitionRecords } from '../kafka/produce-request.js';
import type { PartitionFailure } from './blocked-partitions.js';
import { halvesOf, piecesOf, recordsOf, type PartitionBatch, type RecordStamp } from './partition-batches.js';

/** Longest time of one send, in milliseconds; then its connections are aborted. The lease must last longer. */
export const LONGEST_SEND_MS = 8_000;
/** MESSAGE_TOO_LARGE and RECORD_LIST_TOO_LARGE. */
const TOO_LARGE = new Set([10, 18]);

export interface SendOptions {
  /** Checked before each request: whether the lease lasts for the longest time of one send. */
  mayBegin?: (() => boolean) | undefined;
  /** Headers that a record gets when it is sent, added to those of its row. */
  stamp?: RecordStamp | undefined;
}

/** Outcome of sent batches: the rows that the broker acknowledged, and the partitions that failed. */
interface SendResult {
  published: number[];
  failed: PartitionFailure[];
}

/**
 * Sends one leader its partitions; after a failure it sends nothing more of that partition. A batch too large for its topic is halved.
 */
export async function sendToLeader(
  producer: Pick<PartitionProducer, 'send' | 'abort'>,
  leader: number,
  batches: readonly PartitionBatch[],
  { mayBegin = () => true, stamp }: SendOptions = {},
): Promise<SendResult> {
  const result: SendResult = { published: [], failed: [] };
  let queues = batches.map((batch) => piecesOf(batch));
  while (queues.length > 0 && mayBegin()) {
    const pieces = queues.map(([piece]) => piece!);
    const records = pieces.map((piece) => recordsOf(piece, stamp));
    const answers = await withinTime(producer, leader, records).catch((error: unknown) => asError(error));
    queues = queues
      .map((queue) => settle(queue, answers instanceof Error ? answers : answerOf(queue[0]!, answers), result))
      .filter((queue) => queue.length > 0);
  }
  return result;
}

async function withinTime(
  producer: Pick<PartitionProducer, 'send' | 'abort'>,
  leader: number,
  records: readonly PartitionRecords[],
) {
  const cut = setTimeout(() => producer.abort(), LONGEST_SEND_MS).unref();
  return producer.send(leader, records).finally(() => clearTimeout(cut));
}

/** The rest of a partition's queue after an answer about its first piece. */
function settle(queue: PartitionBatch[], answer: PartitionAnswer | Error, { published, failed }: SendResult): PartitionBatch[] {
  const [piece, ...rest] = queue as [PartitionBatch, ...PartitionBatch[]];
  if (!(answer instanceof Error) && answer.errorCode === 0) {
    for (const { id } of piece.rows) published.push(id);
    return rest;
  }
  const isTooLarge = !(answer instanceof Error) && TOO_LARGE.has(answer.errorCode);
  if (isTooLarge && piece.rows.length > 1) return [...halvesOf(piece), ...rest];
  const { topic, partition } = piece;
  const error = answer instanceof Error ? answer : isTooLarge ? tooLarge(piece) : refusalOf(answer);
  failed.push({ topic, partition, error, rows: queue.flatMap(({ rows }) => rows) });
  return [];
}

/** The answer's result for a partition: an error unless the answer names it exactly once. An answer can lack one of its partitions. */
function answerOf({ topic, partition }: PartitionBatch, answers: readonly PartitionAnswer[]): PartitionAnswer | Error {
  const entries = answers.filter((entry) => entry.topic === topic && entry.partition === partition);
  return entries.length === 1 ? entries[0]! : new Error('The broker did not acknowledge the partition.');
}

const tooLarge = ({ rows: [row] }: PartitionBatch): Error =>
  new Error(
    `MESSAGE_TOO_LARGE: the event of outbox row ${row!.id} has ${Buffer.byteLength(row!.payload ?? '')} bytes, more than the topic takes.`,
  );

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
