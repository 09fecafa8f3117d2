import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser/cjs/index.js';
import { describe, expect, it } from '@jest/globals';
import { Compile } from 'typebox/compile';
import { DEFAULT_TOPIC_FACTS } from './asyncapi.channels.js';
import { asyncApiDocument } from './asyncapi.js';
import { CloudEventHeadersSchema, CompanyEventHeadersSchema } from './event.headers.js';
import { eventDataDefects } from './event.validation.js';
import { EVENTS, type EventName } from './events.js';
import { TOPIC_SETTINGS } from './topics.js';

const WARNING: number = 1;
const document = JSON.parse(JSON.stringify(asyncApiDocument(DEFAULT_TOPIC_FACTS)));
const parse = (source: object) => new Parser().parse(JSON.stringify(source));

describe('the AsyncAPI document', () => {
  it('when the official parser reads it / is valid', async () => {
    const { document: parsed, diagnostics } = await parse(document);
    expect(diagnostics.filter(({ severity }) => Number(severity) <= WARNING)).toEqual([]);
    const messages = parsed!.allMessages().all();
    expect(messages.map((message) => message.name())).toEqual(
      expect.arrayContaining(Object.values(EVENTS).map(({ type }) => type)),
    );
    const headers = parsed!.allMessages().get('ContactUpdated')!.headers()!.json<any>();
    expect(Object.keys(headers.properties)).toEqual(Object.keys(CloudEventHeadersSchema.properties));
  });

  it.each<[string, (source: any) => void]>([
    ['a channel has a message that is nowhere', (source) => delete source.components.messages.ContactDeleted],
    ['partitions are no number', (source) => (source.channels.contacts.bindings.kafka.partitions = 'six')],
  ])('when %s / is refused', async (_what, spoil) => {
    const broken = structuredClone(document);
    spoil(broken);
    const { diagnostics } = await parse(broken);
    expect(diagnostics.filter(({ severity }) => Number(severity) <= WARNING)).not.toEqual([]);
  });

  // The parser leaves the examples of version 3 alone.
  it.each(Object.keys(EVENTS) as EventName[])('shows %s by an example that is valid', (name) => {
    const [example] = document.components.messages[name].examples;
    expect(eventDataDefects(name, example.payload)).toEqual([]);
    const schema = EVENTS[name].topic === 'companies.v1' ? CompanyEventHeadersSchema : CloudEventHeadersSchema;
    expect(Compile(schema).Errors(example.headers)).toEqual([]);
  });

  it('when it is generated / equals the committed docs/asyncapi.json, which npm run asyncapi writes', () => {
    expect(JSON.parse(readFileSync('docs/asyncapi.json', 'utf8'))).toEqual(document);
  });

  it('when its version is read / is that of the package', () => {
    const { version } = JSON.parse(readFileSync('libs/contracts/package.json', 'utf8'));
    expect(document.info.version).toBe(version);
  });

  it('when its topics are counted / has each with its settings, under the names and with the partitions of the deployment', () => {
    const { channels } = asyncApiDocument({ prefix: 'other', partitions: 12, replicationFactor: 3 }) as any;
    const bindings = Object.values<any>(channels).map(({ address, bindings: { kafka } }) => ({ address, ...kafka }));
    expect(bindings.map(({ address, topic, partitions, replicas }) => [address, topic, partitions, replicas])).toEqual(
      Object.keys(TOPIC_SETTINGS).map((name) => [`other.${name}`, `other.${name}`, 12, 3]),
    );
    const settings = bindings.map(({ topicConfiguration }) =>
      Object.fromEntries(Object.entries<any>(topicConfiguration).map(([key, value]) => [key, String(value)])),
    );
    expect(settings).toEqual(Object.values(TOPIC_SETTINGS));
  });

  it('when its events are counted / has each on its topic, and the tombstone on the topic of logins', () => {
    const on = (channel: string) => Object.keys(document.channels[channel].messages);
    expect(on('contacts')).toEqual(['ContactCreated', 'ContactUpdated', 'ContactDeleted']);
    expect(on('companies')).toEqual(['CompanyCreated', 'CompanyUpdated', 'CompanyDeleted']);
    expect(on('portalLogins')).toEqual(['PortalLoginChanged', 'PortalLoginTombstone']);
    expect(on('portalLoginDeadLetters')).toEqual(['PortalLoginDeadLetter']);
  });
});
