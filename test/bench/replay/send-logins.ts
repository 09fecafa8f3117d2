import { MAC_HEADER, markOf, readEventMacKeys, readSealingKey } from '#app/credentials';
import type { SystemSecrets } from '#app/system';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { loginRow } from '../rebuild/login-records.js';

const AT_ONCE = 2_000;

/** Sends one created and marked login for each contact, each credential with its own seal. */
export async function sendLogins(brokers: string[], { publicKeys, macKeys }: SystemSecrets, logins: number): Promise<void> {
  const [sealing, marking] = [await readSealingKey(JSON.stringify(publicKeys)), readEventMacKeys(JSON.stringify(macKeys))];
  const kafka = new Kafka({ brokers, clientId: 'bench', logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false });
  await producer.connect();
  for (let from = 0; from < logins; from += AT_ONCE) {
    const count = Math.min(AT_ONCE, logins - from);
    const rows = await Promise.all(Array.from({ length: count }, (_, index) => loginRow(sealing, from + index)));
    const messages = rows.map(({ key, headers, payload: value }) => ({
      key,
      value,
      headers: { ...headers, [MAC_HEADER]: markOf(marking, { key, value, headers }) },
    }));
    await producer.send({ topic: rows[0]!.topic, acks: -1, messages });
  }
  await producer.disconnect();
}
