import { topicOf } from '#app/contracts';
import { withProducer } from '#app/system/testing';
import type { System } from '../system/system.js';

export interface RawRecord {
  key: string;
  value: string | Buffer | null;
  headers: Record<string, string>;
}

/** Writes records to the topic of logins, without gateway and proxies. */
export async function produce(system: System, records: readonly RawRecord[]): Promise<void> {
  await withProducer(system.cluster, (producer) =>
    producer.send({ topic: topicOf('portal-logins.v1'), acks: -1, messages: [...records] }),
  );
}
