import { topicOf } from '#app/contracts';
import { MAC_HEADER, markOf, readEventMacKeys } from '#app/credentials';
import { withProducer } from '#app/system/testing';
import type { System } from '../system/system.js';

export interface RawRecord {
  key: string;
  value: string | Buffer | null;
  headers: Record<string, string>;
}

/** Writes records to the topic of logins, without gateway and proxies, marked as the gateway's own; a mark that is there stays. */
export async function produce(system: System, records: readonly RawRecord[]): Promise<void> {
  const keys = readEventMacKeys(JSON.stringify(system.secrets.macKeys));
  await produceAsTheyAre(
    system,
    records.map((record) => ({ ...record, headers: { [MAC_HEADER]: markOf(keys, record), ...record.headers } })),
  );
}

/** Writes records as anybody could who may write the topic. */
export async function produceAsTheyAre(system: System, records: readonly RawRecord[]): Promise<void> {
  await withProducer(system.cluster, (producer) =>
    producer.send({ topic: topicOf('portal-logins.v1'), acks: -1, messages: [...records] }),
  );
}
