import { randomUUID } from 'node:crypto';
import { encodeEvent, topicOf } from '#app/contracts';
import { readSealingKey, sealCredential, type KeySet, type SealingKey } from '#app/credentials';
import pg from 'pg';

const AT_ONCE = 2_000;
/** The first contact with a rebuilt login, behind the contacts that the benchmark makes. */
const FIRST_CONTACT = 10_000_001;
/** Any hash: these logins never sign in. To hash 100,000 passwords takes an hour. */
export const PHC = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI';

/** Publishes one created login for each contact by the relay, each credential with its own seal. */
export async function publishLogins(gatewayDatabaseUrl: string, publicKeys: KeySet, logins: number): Promise<void> {
  const key = await readSealingKey(JSON.stringify(publicKeys));
  const client = new pg.Client({ connectionString: gatewayDatabaseUrl });
  await client.connect();
  try {
    for (let from = 0; from < logins; from += AT_ONCE) {
      const count = Math.min(AT_ONCE, logins - from);
      const rows = await Promise.all(Array.from({ length: count }, (_, index) => loginRow(key, from + index)));
      await client.query(
        `insert into outbox (topic, key, headers, payload)
         select * from json_to_recordset($1::json) as r(topic text, key text, headers jsonb, payload text)`,
        [JSON.stringify(rows)],
      );
    }
  } finally {
    await client.end();
  }
}

/** An outbox row of a created login. */
export async function loginRow(key: SealingKey, index: number) {
  const contactId = FIRST_CONTACT + index;
  const { topic, headers, value, ...record } = encodeEvent({
    name: 'PortalLoginChanged',
    id: randomUUID(),
    time: new Date().toISOString(),
    correlationId: 'bench',
    actor: null,
    traceparent: null,
    data: {
      contact_id: contactId,
      version: 1,
      position: FIRST_CONTACT + index,
      changes: ['created'],
      email: `rebuilt.${index}@example.org`,
      previous_email: null,
      credential: await sealCredential(key, contactId, PHC),
    },
  });
  return { ...record, topic: topicOf(topic), headers, payload: value };
}
