import type { PartitionRecords } from '../kafka/produce-request.js';
import { OVERHEAD_BYTES, type PendingRow } from './pending-rows.js';

/** The rows of one partition, in order. */
export interface PartitionBatch {
  topic: string;
  partition: number;
  rows: PendingRow[];
}

/** Bytes of one record batch: the topic's limit (`max.message.bytes`), less the batch's own overhead. */
const BATCH_BYTES = 2 * 1024 * 1024 - 64 * 1024;

/** Groups rows by partition, and keeps the given order within each. */
export function batchesOf(rows: readonly PendingRow[], partitionOf: (row: PendingRow) => number): PartitionBatch[] {
  const batches: PartitionBatch[] = [];
  // A list for each topic, not a name for each partition: V8 adds a new text to its table of texts to look it up.
  const byTopic = new Map<string, PartitionBatch[]>();
  for (const row of rows) {
    const { topic } = row;
    const partition = partitionOf(row);
    let ofTopic = byTopic.get(topic);
    if (!ofTopic) byTopic.set(topic, (ofTopic = []));
    const batch = (ofTopic[partition] ??= { topic, partition, rows: [] });
    if (batch.rows.length === 0) batches.push(batch);
    batch.rows.push(row);
  }
  return batches;
}

/** Splits a batch into pieces that a topic accepts; a row that is larger is a piece of its own. */
export function piecesOf(batch: PartitionBatch, maxBytes = BATCH_BYTES): PartitionBatch[] {
  const { topic, partition, rows } = batch;
  // Most batches are far smaller: their bytes need not be counted.
  if (rows.length > 0 && rows.reduce((sum, row) => sum + mostBytesOf(row), 0) <= maxBytes) return [batch];
  const pieces: PartitionBatch[] = [];
  let room = 0;
  for (const row of rows) {
    const bytes = sizeOf(row);
    if (bytes > room) {
      pieces.push({ topic, partition, rows: [] });
      room = maxBytes;
    }
    pieces.at(-1)!.rows.push(row);
    room -= bytes;
  }
  return pieces;
}

/** Splits a batch in two after it was rejected as too large. */
export function halvesOf({ topic, partition, rows }: PartitionBatch): PartitionBatch[] {
  const middle = Math.ceil(rows.length / 2);
  return [rows.slice(0, middle), rows.slice(middle)].map((half) => ({ topic, partition, rows: half }));
}

const sizeOf = ({ payload }: PendingRow): number => Buffer.byteLength(payload ?? '') + OVERHEAD_BYTES;

/** A character has three bytes at most. */
const mostBytesOf = ({ payload }: PendingRow): number => 3 * (payload?.length ?? 0) + OVERHEAD_BYTES;

/** Gives a row more headers when it is sent; undefined: none. */
export type RecordStamp = (row: Readonly<PendingRow>) => Record<string, string> | undefined;

/** The records of a batch, with the headers added when they are sent. */
export const recordsOf = ({ topic, partition, rows }: PartitionBatch, stamp?: RecordStamp): PartitionRecords => ({
  topic,
  partition,
  records: rows.map((row) => {
    const added = stamp?.(row);
    return { key: row.key, value: row.payload, headers: added ? { ...row.headers, ...added } : row.headers };
  }),
});
