import { asyncApiChannels, TOPIC_CHANNELS, type TopicFacts } from './asyncapi.channels.js';
import { asyncApiMessages, asyncApiMessageTraits, asyncApiSchemas } from './asyncapi.messages.js';
import { asyncApiServers, SECURITY_SCHEMES } from './asyncapi.servers.js';

/** The event contract as an AsyncAPI 3 document. */
export interface AsyncApiDocument {
  asyncapi: string;
  info: { title: string; version: string; description: string; license: { name: string } };
  [part: string]: unknown;
}

const DESCRIPTION = `What a service that subscribes to the Kafka topics may rely on, in whatever language it is written.

1. An event exists if and only if its change was committed.
2. At least once: a repetition has the same \`ce_id\`, the same \`version\` and the same bytes.
3. Of one key, first deliveries come in version order, and no version is missing; on the compacted topic older versions disappear in time.
4. Keep the highest version per key and skip what is not above it: then each change is seen once.
5. Replaying what a topic holds, as often as one likes, ends in the same state.
6. Within v1 data only grows: unknown properties, unknown values of \`changes\` and \`changed\`, and unknown events are to be skipped.`;

/** Version of the contracts package. */
const VERSION = '1.3.0';

/**
 * The AsyncAPI 3 document of the contract, made from the same events, schemas and topic settings that the apps use.
 * @param facts what a deployment decides about its topics
 */
export const asyncApiDocument = (facts: TopicFacts): AsyncApiDocument => ({
  asyncapi: '3.0.0',
  id: 'urn:contact-sync:events',
  info: { title: 'contact-sync events', version: VERSION, description: DESCRIPTION, license: { name: 'MIT' } },
  defaultContentType: 'application/json',
  servers: asyncApiServers,
  channels: asyncApiChannels(facts),
  operations: Object.fromEntries(TOPIC_CHANNELS.map(({ channel, operation }) => [operation.id, operationOf(channel, operation)])),
  components: {
    messages: asyncApiMessages,
    messageTraits: asyncApiMessageTraits,
    schemas: asyncApiSchemas,
    securitySchemes: SECURITY_SCHEMES,
  },
});

const operationOf = (channel: string, { title, summary }: { title: string; summary: string }): object => ({
  action: 'send',
  title,
  summary,
  channel: { $ref: `#/channels/${channel}` },
});
