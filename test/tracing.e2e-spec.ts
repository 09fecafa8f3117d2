import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topicOf } from '#app/contracts';
import { authEnvironment, gatewayEnvironment, makeSecrets } from '#app/system';
import {
  createTestDatabase,
  eventually,
  readTopic,
  testServers,
  uniqueTopicPrefix,
  type TestDatabase,
} from '#app/system/testing';
import { AppProcesses } from './app-processes.js';
import { OtlpReceiver, traceAsText, type ReceivedSpan } from './otlp-receiver.js';

const { brokers } = testServers();
const prefix = uniqueTopicPrefix();
const secrets = await makeSecrets();
const apps = new AppProcesses();
const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const TRACEPARENT = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
const LOGINS = `${prefix}.portal-logins.v1`;
const REQUEST = 'POST /external/api/v1/contacts/:id';
/** The parts of the trace of an update that changes a login; two events wait. */
const PARTS = [
  ...[REQUEST, 'UpdateContactCommand', 'transaction', 'outbox wait', 'outbox wait'],
  ...[`send ${prefix}.contacts.v1`, `send ${LOGINS}`, `process ${LOGINS}`, 'apply'],
];

let collector: OtlpReceiver;
let databases: TestDatabase[] = [];
let gatewayUrl: string;
let contactId: string;

beforeAll(async () => {
  collector = await OtlpReceiver.start();
  databases = [await createTestDatabase(), await createTestDatabase()];
  const [gateway, auth] = databases;
  const shared = { ...secrets, brokers: brokers.join(',') };
  const more = { TOPIC_PREFIX: prefix, TOPIC_PARTITIONS: '1', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const environments = {
    gateway: gatewayEnvironment({ ...shared, databaseUrl: gateway!.url }, { ...more, API_TOKEN: secrets.apiToken }),
    auth: authEnvironment({ ...shared, databaseUrl: auth!.url }, { ...more, CONSUMER_GROUP: prefix }),
  };
  await Promise.all([apps.setUp('gateway', environments.gateway), apps.setUp('auth', environments.auth)]);
  const [running] = await Promise.all([apps.start('gateway', environments.gateway), apps.start('auth', environments.auth)]);
  gatewayUrl = running.url;
  const company = await call('/companies', { name: 'Acme' });
  const contact = await call('/contacts', {
    first_name: 'John',
    company_id: company.id,
    email: 'john@tracing.example',
    password: 'correct horse battery',
  });
  contactId = contact.id;
});
afterAll(async () => {
  await apps.stop();
  await collector?.close();
  for (const database of databases) await database.drop();
});

async function call(path: string, body: object, headers: Record<string, string> = {}): Promise<any> {
  const response = await fetch(`${gatewayUrl}/external/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secrets.apiToken}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return ((await response.json()) as { data: unknown }).data;
}

const spansOf = (traceId: string): ReceivedSpan[] => collector.spans.filter((span) => span.traceId === traceId);
const namesOf = (spans: readonly ReceivedSpan[]): string[] => spans.map(({ name }) => name);
const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan[] => spans.filter((span) => span.name === name);

describe('with OTEL_EXPORTER_OTLP_ENDPOINT set', () => {
  it('when an update with a traceparent changes a login / one trace has all parts, from the request to the applied login', async () => {
    await call(`/contacts/${contactId}`, { email: 'j.smith@tracing.example' }, { traceparent: TRACEPARENT });

    // Each app sends its spans once a second: those of one part can come a second after those of a later one.
    const spans = await eventually(() => {
      const found = spansOf(CALLER.traceId);
      expect(
        namesOf(found)
          .filter((name) => PARTS.includes(name))
          .sort(),
      ).toEqual([...PARTS].sort());
      expect(namesOf(found.filter(({ parentSpanId }) => !found.some(({ spanId }) => spanId === parentSpanId)))).toEqual([
        REQUEST,
      ]);
      return found;
    });
    expect(traceAsText(spans).split('\n')).toHaveLength(spans.length);

    const parentOf = (name: string): string | undefined => {
      const [span] = named(spans, name);
      return spans.find(({ spanId }) => spanId === span?.parentSpanId)?.name ?? span?.parentSpanId;
    };
    expect(parentOf(REQUEST)).toBe(CALLER.spanId);
    expect(parentOf('UpdateContactCommand')).toBe(REQUEST);
    expect(parentOf('transaction')).toBe('UpdateContactCommand');
    expect(parentOf('outbox wait')).toBe('UpdateContactCommand');
    expect(parentOf(`send ${LOGINS}`)).toBe('UpdateContactCommand');
    expect(parentOf(`process ${LOGINS}`)).toBe(`send ${LOGINS}`);
    expect(parentOf('apply')).toBe(`process ${LOGINS}`);
    expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['contact-sync-gateway', 'contact-sync-auth']));
    expect(named(spans, `send ${LOGINS}`)[0]!.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.destination.name': LOGINS,
      'messaging.kafka.message.key': contactId,
    });
    expect(spans.every(({ startMs, endMs }) => endMs >= startMs)).toBe(true);
  });

  it('when an update is traced / its event carries the trace, and its log lines have the ids', async () => {
    const records = await readTopic(brokers, topicOf('contacts.v1', prefix), { key: contactId, count: 2 });
    const { ce_traceparent: change, traceparent: send } = records.at(-1)!.headers;
    expect(change).toMatch(new RegExp(`^00-${CALLER.traceId}-[0-9a-f]{16}-01$`));
    expect(send).toMatch(new RegExp(`^00-${CALLER.traceId}-[0-9a-f]{16}-01$`));
    expect(send).not.toBe(change);

    await eventually(() => {
      const lines = apps.outputs().flatMap(({ text }) => text.split('\n').filter((line) => line.includes(CALLER.traceId)));
      expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(
        expect.arrayContaining(['request', 'Portal login applied.']),
      );
    });
  });

  it('when a caller does not sample its trace / no span is sent, and the event keeps the trace', async () => {
    const traceId = '5bf92f3577b34da6a3ce929d0e0e4737';
    await call(`/contacts/${contactId}`, { first_name: 'Jo' }, { traceparent: `00-${traceId}-${CALLER.spanId}-00` });
    const records = await readTopic(brokers, topicOf('contacts.v1', prefix), { key: contactId, count: 3 });
    expect(records.at(-1)!.headers['ce_traceparent']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    expect(spansOf(traceId)).toEqual([]);
  });

  it('when concurrent updates share a transaction / each trace has its span, linked to the others of the batch', async () => {
    const contacts: any[] = await Promise.all(
      Array.from({ length: 8 }, () => call('/contacts', { first_name: 'Ann', company_id: 1 })),
    );
    // On a busy machine each update can end before the next one comes.
    for (let round = 0; ; round++) {
      const traceIds = contacts.map((_, at) => `6bf92f3577b34da6a3ce929d0e0e47${round}${at}`);
      const update = (traceId: string, at: number) =>
        call(`/contacts/${contacts[at].id}`, { last_name: `Lee ${round}` }, { traceparent: `00-${traceId}-${CALLER.spanId}-01` });
      await Promise.all(traceIds.map(update));
      const transactions = await eventually(() => {
        const found = traceIds.flatMap((traceId) => named(spansOf(traceId), 'transaction'));
        expect(found).toHaveLength(traceIds.length);
        return found;
      });
      const linked = transactions.flatMap(({ links }) => links.map(({ traceId }) => traceId));
      expect(linked.every((traceId) => traceIds.includes(traceId))).toBe(true);
      if (linked.length > 1) break;
      expect(round).toBeLessThan(5);
    }
  });

  it('when a token stands in the path / it is left out of the span', async () => {
    const traceId = '7bf92f3577b34da6a3ce929d0e0e4737';
    const headers = { traceparent: `00-${traceId}-${CALLER.spanId}-01` };
    await fetch(`${gatewayUrl}/external/api/v1/tokens/csync_${'a'.repeat(72)}`, { headers });
    const [span] = await eventually(() => {
      expect(spansOf(traceId)).toHaveLength(1);
      return spansOf(traceId);
    });
    expect(span!.attributes).toMatchObject({ 'url.path': '/external/api/v1/tokens/…' });
  });

  it('when spans are sent / the collector refuses none of them', () => {
    expect(collector.refused).toEqual([]);
  });
});
