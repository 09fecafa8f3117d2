import { setTimeout as delay } from 'node:timers/promises';
import { RecordPublisher, type RawRecord } from '#app/messaging/light';
import type { Kafka } from 'kafkajs';
import type { SourceRecord } from '../reading/shown-record.js';

const BATCH = { records: 500, bytes: 1024 * 1024 } as const;
/** How often a batch is sent at a limited rate. */
const BATCHES_A_SECOND = 10;

interface SenderOptions {
  topic: string;
  /** The number of partitions that the topic must have: else keys would go to others than the gateway's. */
  partitions?: number | undefined;
  /** Records a second; undefined for no limit. */
  rate?: number | undefined;
  /** Stops between two batches. */
  signal: AbortSignal;
  onSent?: (records: number) => void;
}

/** Sends records to a topic in order, unchanged except for `ce_replayed`. @returns how many the broker has acknowledged */
export async function sendRecords(kafka: Kafka, records: AsyncIterable<SourceRecord>, options: SenderOptions): Promise<number> {
  const { topic, partitions, rate, signal, onSent } = options;
  const publisher = await RecordPublisher.connect(kafka, { partitions });
  const began = performance.now();
  let sent = 0;
  try {
    for await (const batch of batchesOf(records, rate)) {
      if (signal.aborted) break;
      await publisher.publish(topic, batch);
      onSent?.(batch.length);
      sent += batch.length;
      const dueMs = rate === undefined ? 0 : (sent / rate) * 1_000 - (performance.now() - began);
      if (dueMs > 0) await delay(dueMs, undefined, { signal }).catch(() => undefined);
    }
    return sent;
  } finally {
    await publisher.close();
  }
}

/** The record to publish again: key, value and headers are the original bytes. */
const replayed = ({ key, value, headers = {} }: SourceRecord): RawRecord => ({
  key,
  value,
  headers: { ...headers, ce_replayed: 'true' },
});

async function* batchesOf(records: AsyncIterable<SourceRecord>, rate: number | undefined): AsyncGenerator<RawRecord[], void> {
  const most = rate === undefined ? BATCH.records : Math.max(1, Math.min(BATCH.records, Math.floor(rate / BATCHES_A_SECOND)));
  let batch: RawRecord[] = [];
  let bytes = 0;
  for await (const record of records) {
    const size = (record.value?.length ?? 0) + (record.key?.length ?? 0);
    if (batch.length === most || (batch.length > 0 && bytes + size > BATCH.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(replayed(record));
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
