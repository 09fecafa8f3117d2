import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { writeRecording, type CompanySnapshot, type ContactSnapshot, type RecordedEvent, type TopicName } from '#app/contracts';
import { streamsOf } from '#app/contracts/testing';
import { eventually, readTopic, type TopicRecord } from '#app/system/testing';
import { TestGateway } from './gateway.harness.js';
import { HistoryAuthor } from './history.author.js';
import { HISTORY, readTestKeys, type HistoryState } from './recorded-history.js';

// `npm run record-history` writes test/fixtures/events again from a running gateway.
let gateway: TestGateway;

beforeAll(async () => {
  const CREDENTIAL_PUBLIC_KEYS = JSON.stringify(readTestKeys().publicKeys);
  gateway = await TestGateway.start({ TOPIC_PREFIX: 'contact-sync', TOPIC_PARTITIONS: '6', CREDENTIAL_PUBLIC_KEYS });
});
afterAll(() => gateway.stop());

it('records a history, and what it leads to', async () => {
  const author = new HistoryAuthor(gateway, HISTORY.seed);
  await author.write(HISTORY.deeds);
  await eventually(async () => expect((await gateway.sql.query('select from outbox')).rowCount).toBe(0));
  const records = [...(await read('contacts.v1')), ...(await read('companies.v1')), ...(await read('portal-logins.v1'))];
  const inOrder = records.toSorted((a, b) => (eventId(a) < eventId(b) ? -1 : 1));
  for (const stream of streamsOf(inOrder)) {
    const offsets = stream.map((record) => Number((record as RecordedEvent).offset));
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  }
  const lines: string[] = [];
  for await (const line of writeRecording(inOrder)) lines.push(line);
  writeFileSync(HISTORY.recording, gzipSync(`${lines.join('\n')}\n`, { level: 9 }));
  writeFileSync(HISTORY.state, `${JSON.stringify(await stateOf(author), null, 2)}\n`);
}, 900_000);

async function read(name: TopicName): Promise<RecordedEvent[]> {
  const topic = gateway.topic(name);
  return (await readTopic(gateway.brokers, topic, { timeoutMs: 60_000 })).map((record) => recordedOf(topic, record));
}

const recordedOf = (topic: string, { key, value, headers, offset, ...position }: TopicRecord): RecordedEvent => ({
  topic,
  ...position,
  offset: String(offset),
  key: key === null ? null : Buffer.from(key),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
  value: value === null ? null : Buffer.from(value),
});

const eventId = ({ headers }: RecordedEvent): string => String(headers['ce_id']);

/** The gateway's rows, and the passwords that it was given. */
async function stateOf({ contacts: written, companies: founded }: HistoryAuthor): Promise<HistoryState> {
  const { rows } = await gateway.sql.query<{ contact_id: string; email: string; version: number }>(
    'select contact_id, portal_login.email, login_version::int as version from portal_login join contact on contact.id = contact_id order by 1',
  );
  const passwords = new Map(written.map(({ id, password }) => [id, password]));
  const logins = rows.map(
    ({ contact_id: id, email, version }) => [id, { version, email, password: passwords.get(id)! }] as const,
  );
  const contacts: ContactSnapshot[] = [];
  for (const { id } of written)
    contacts.push((await gateway.call<{ data: ContactSnapshot }>('GET', `/contacts/${id}`)).body.data);
  const companies: CompanySnapshot[] = [];
  for (const id of founded) companies.push((await gateway.call<{ data: CompanySnapshot }>('GET', `/companies/${id}`)).body.data);
  return {
    logins: Object.fromEntries(logins),
    contacts: Object.fromEntries(contacts.map(({ id, version, full_name, email }) => [id, { version, name: full_name, email }])),
    companies: Object.fromEntries(companies.map(({ id, version, name }) => [id, { version, name }])),
  };
}
