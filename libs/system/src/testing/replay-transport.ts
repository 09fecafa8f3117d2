import type { EntityManager } from '@mikro-orm/postgresql';
import { Logger, type INestApplication } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MicroserviceOptions } from '@nestjs/microservices';
import { keyOf, type HistoryRecord, type Subscriber } from '#app/contracts/testing';
import { BatchDelivery, ConsumerState, partitionOf } from '#app/messaging';
import type { KafkaMessage } from 'kafkajs';

const PARTITIONS = 6;
/** Records processed together: those of one partition among them are a batch. */
const WINDOW_RECORDS = 500;
const HANDLER_TIMEOUT_MS = 30_000;

/** Puts records where Kafka would, and passes them to `@EventPattern` handlers like the real transport, without a broker. */
export class ReplayTransport extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private readonly delivery: BatchDelivery;
  private readonly ends = new Map<string, number>();

  constructor(em: EntityManager) {
    super();
    this.delivery = new BatchDelivery({
      em,
      handlerOf: (type) => this.messageHandlers.get(type),
      handlerTimeoutMs: HANDLER_TIMEOUT_MS,
      state: new ConsumerState(),
      logger: new Logger(ReplayTransport.name),
    });
  }

  /** Replaces the transport of an application that has not started by this one, and starts it. */
  static async into(app: INestApplication, em: EntityManager): Promise<ReplayTransport> {
    const transport = new ReplayTransport(em);
    app.connectMicroservice<MicroserviceOptions>({ strategy: transport });
    await app.startAllMicroservices();
    await app.init();
    return transport;
  }

  /**
   * Appends records to the log and delivers them: those of one partition in their order, several at once.
   * @throws {Error} naming the record, with the handler's error as its cause; nothing is retried or dead-lettered
   */
  async replay(records: readonly HistoryRecord[]): Promise<void> {
    for (let start = 0; start < records.length; start += WINDOW_RECORDS) {
      for (const batch of this.batchesOf(records.slice(start, start + WINDOW_RECORDS))) await this.deliver(batch);
    }
  }

  listen(callback: () => void): void {
    callback();
  }

  close(): void {}

  on(): never {
    throw new Error('A replay cannot send events.');
  }

  unwrap<T>(): T {
    return this.delivery as T;
  }

  private batchesOf(records: readonly HistoryRecord[]): Iterable<Batch> {
    const batches = new Map<string, Batch>();
    for (const record of records) {
      const { topic } = record;
      const partition = partitionOf(keyOf(record), PARTITIONS);
      const name = `${topic}/${partition}`;
      const offset = this.ends.get(name) ?? 0;
      this.ends.set(name, offset + 1);
      const batch = batches.get(name) ?? { topic, partition, messages: [] };
      batches.set(name, batch);
      batch.messages.push(messageOf(record, offset));
    }
    return batches.values();
  }

  private async deliver({ messages, ...place }: Batch): Promise<void> {
    try {
      await this.delivery.deliver(messages, place);
    } catch {
      for (const message of messages) {
        await this.delivery.deliver([message], place).catch((cause: unknown) => {
          throw new Error(`Not applied: key ${String(message.key)} of ${place.topic}: ${String(cause)}`, { cause });
        });
      }
    }
  }
}

interface Batch {
  topic: string;
  partition: number;
  messages: KafkaMessage[];
}

/** A Nest consumer for `given(history).when(…)`: takes the whole history at once, when its state is read. */
export function replayed<S>(transport: ReplayTransport, state: () => Promise<S>): Subscriber<S> {
  const records: HistoryRecord[] = [];
  return {
    apply: (record) => void records.push(record),
    state: async () => {
      await transport.replay(records);
      return state();
    },
  };
}

const messageOf = ({ key, value, headers }: HistoryRecord, offset: number): KafkaMessage => ({
  key: bufferOf(key),
  value: bufferOf(value),
  headers: { ...headers } as NonNullable<KafkaMessage['headers']>,
  offset: String(offset),
  timestamp: '0',
  attributes: 0,
});

const bufferOf = (bytes: Uint8Array | string | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes));
