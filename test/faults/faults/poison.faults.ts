import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { encodeEvent, topicOf } from '#app/contracts';
import { generateEventMacKeys, MAC_HEADER, markOf, readEventMacKeys, readSealingKey, sealCredential } from '#app/credentials';
import { UNUSED_CONTACT_IDS } from '../check/collect-evidence.js';
import type { Fault, FaultContext } from './fault.js';
import { produce, type RawRecord } from './raw-records.js';

const FIRST = UNUSED_CONTACT_IDS + 1_000;
const MIB = 1024 * 1024;
const APPLIED_WITHIN_MS = 20_000;

const phc = (memory: number): string =>
  `$argon2id$v=19$m=${memory},t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g`;
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

const poison: Fault = {
  number: 20,
  name: 'records that can never be applied, each before a good one of its key',
  run: async (context) => {
    const { system, reader, violate } = context;
    const topic = topicOf('portal-logins.v1.dead-letters');
    const known = (await reader.read(topic)).length;
    const bad = await poisons(context);
    for (const [at, record] of bad.entries()) await produce(system, [record, await goodRecord(context, FIRST + at, 9)]);
    for (const deadline = Date.now() + APPLIED_WITHIN_MS; Date.now() < deadline; await sleep(200))
      if ((await appliedAmong(context, bad.length)) === bad.length) break;
    const missing = bad.length - (await appliedAmong(context, bad.length));
    if (missing > 0) violate({ invariant: 'I5', message: `${missing} good records behind a poisonous one were not applied.` });
    const letters = (await reader.read(topic)).slice(known);
    for (const record of bad) {
      const letter = letters.find(({ key }) => key === record.key);
      if (!letter?.headers['dl_reason'])
        violate({ invariant: 'I5', message: `Poison ${record.key} is not in the dead letters.` });
    }
  },
};

async function poisons(context: FaultContext): Promise<RawRecord[]> {
  const id = (at: number): string => String(FIRST + at);
  const good = async (at: number, changes: { contactId?: number; memory?: number; email?: string }): Promise<RawRecord> =>
    goodRecord(context, FIRST + at, 1, changes);
  const { headers } = await good(0, {});
  const forged = await goodRecord(context, FIRST + 8, Number.MAX_SAFE_INTEGER);
  const foreignKeys = readEventMacKeys(JSON.stringify(generateEventMacKeys('foreign')));
  return [
    { key: id(0), value: 'not JSON', headers },
    await good(1, { email: 'nul\u0000@x.example' }),
    { key: id(2), value: '{"contact_id":"no"}', headers },
    await good(3, { contactId: FIRST + 999 }),
    await good(4, { memory: 4 * MIB }),
    { key: id(5), value: 'x'.repeat(2 * MIB - 4_096), headers },
    { key: id(6), value: nested(5_000), headers },
    { key: id(7), value: '{"__proto__":{"email":"a@x.example"},"contact_id":1}', headers },
    { ...forged, headers: { ...forged.headers, [MAC_HEADER]: markOf(foreignKeys, forged) } },
  ];
}

/** A login record as the gateway writes it, except for the given parts. */
async function goodRecord(
  { system }: FaultContext,
  contactId: number,
  version: number,
  { contactId: sealedFor = contactId, memory = 19_456, email = `${contactId}.${randomUUID()}@x.example` } = {},
): Promise<RawRecord> {
  const key = await readSealingKey(JSON.stringify(system.secrets.publicKeys));
  const credential = await sealCredential(key, sealedFor, phc(memory));
  const data = {
    contact_id: contactId,
    version,
    position: version,
    changes: ['created'] as ['created'],
    email,
    previous_email: null,
    credential,
  };
  const attributes = {
    id: randomUUID(),
    correlationId: randomUUID(),
    time: new Date().toISOString(),
    actor: null,
    traceparent: null,
  };
  const { headers, value } = encodeEvent({ name: 'PortalLoginChanged', ...attributes, data });
  return { key: String(contactId), value, headers };
}

async function appliedAmong({ system }: FaultContext, count: number): Promise<number> {
  const { rows } = await system.sql.auth.query<{ count: string }>(
    'select count(*) from portal_login where contact_id >= $1 and contact_id < $2 and version = 9 and credential is not null',
    [FIRST, FIRST + count],
  );
  return Number(rows[0]!.count);
}

export const POISON_FAULTS: readonly Fault[] = [poison];
