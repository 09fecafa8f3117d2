import { randomInt, randomUUID } from 'node:crypto';
import { encodeEvent } from '#app/contracts';
import { markOf } from '#app/credentials';
import { RecordPublisher } from '#app/messaging/light';
import { kafkaOf } from '../../../events/src/connections.js';
import type { EventsEnv } from '../../../events/src/env.js';

/** `broken`: is not JSON. `forged`: has no mark of the gateway. `newer`: of a version that no app here reads; it stops its partition. */
export const POISONS = ['broken', 'forged', 'newer'] as const;
export type Poison = (typeof POISONS)[number];

/** Ids that no contact has: compaction keeps a key's last record, so a real contact's key gets no poison. */
const UNUSED_IDS = 900_000_000_000;

/** Writes a record to the topic of logins that the auth app can never apply. @returns its key */
export async function publishPoison(env: EventsEnv, poison: Poison): Promise<string> {
  const record = recordOf(poison);
  const keys = env.eventMacKeys;
  if (keys && poison !== 'forged') record.headers['ce_mac'] = markOf(keys, record);
  const publisher = await RecordPublisher.connect(kafkaOf(env));
  try {
    const { key, value, headers } = record;
    await publisher.publish(env.topic('portal-logins.v1'), [{ key: Buffer.from(key), value: Buffer.from(value), headers }]);
  } finally {
    await publisher.close();
  }
  return record.key;
}

function recordOf(poison: Poison): { key: string; value: string; headers: Record<string, string> } {
  const contact_id = UNUSED_IDS + randomInt(1_000_000);
  const { key, value, headers } = encodeEvent({
    name: 'PortalLoginChanged',
    id: randomUUID(),
    correlationId: `console-${poison}`,
    time: new Date().toISOString(),
    actor: null,
    traceparent: null,
    data: {
      contact_id,
      version: 1,
      position: 1,
      changes: ['created'],
      email: `${poison}.${contact_id}@poison.example`,
      previous_email: null,
      credential: 'none',
    },
  });
  if (poison === 'newer') headers['ce_type'] = headers['ce_type']!.replace(/v1$/, 'v2');
  return { key, value: poison === 'broken' ? 'not JSON' : value!, headers };
}
