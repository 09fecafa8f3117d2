import { EVENTS, type EventName } from './events.js';
import { DEFAULT_TOPIC_PREFIX, TOPIC_SETTINGS, topicOf, type TopicName } from './topics.js';

/** What a deployment decides about its topics. */
export interface TopicFacts {
  /** Prefix of every topic name. */
  prefix: string;
  /** Fixed for the life of a topic. */
  partitions: number;
  replicationFactor: number;
}

/** The defaults of a deployment. */
export const DEFAULT_TOPIC_FACTS: TopicFacts = { prefix: DEFAULT_TOPIC_PREFIX, partitions: 6, replicationFactor: 1 };

interface Channel {
  topic: TopicName;
  channel: string;
  title: string;
  description: string;
  operation: { id: string; title: string; summary: string };
}

/** The topics as channels, with their writers. */
export const TOPIC_CHANNELS: readonly Channel[] = [
  {
    topic: 'contacts.v1',
    channel: 'contacts',
    title: 'Contacts',
    description:
      'Every change of every contact. The key is the contact id, the partition murmur2 of the key. Carries personal data and bank details: read rights are given on purpose.',
    operation: { id: 'publishContacts', title: 'Contacts changed', summary: 'The gateway tells of each committed change.' },
  },
  {
    topic: 'companies.v1',
    channel: 'companies',
    title: 'Companies',
    description:
      'Every change of every company and of its set of tags. The key is the company id, the partition murmur2 of the key. A company that was there before this topic is at version 1; its first event is that of its next change.',
    operation: { id: 'publishCompanies', title: 'Companies changed', summary: 'The gateway tells of each committed change.' },
  },
  {
    topic: 'portal-logins.v1',
    channel: 'portalLogins',
    title: 'Portal logins',
    description:
      'The state of every portal login: the latest event of a key is enough. Compacted: a reader takes what is greater and never waits for a version. A tombstone follows a removal.',
    operation: {
      id: 'publishPortalLogins',
      title: 'Portal logins changed',
      summary: 'The gateway tells of each login made, changed or removed.',
    },
  },
  {
    topic: 'portal-logins.v1.dead-letters',
    channel: 'portalLoginDeadLetters',
    title: 'Dead letters of the portal logins',
    description: 'What the auth app could not apply: the original bytes, key and headers, and why. For operators.',
    operation: {
      id: 'publishPortalLoginDeadLetters',
      title: 'A record was put aside',
      summary: 'The auth app puts aside what can never be applied.',
    },
  },
];

/** Topics as AsyncAPI channels with their Kafka settings. */
export const asyncApiChannels = (facts: TopicFacts): Record<string, object> =>
  Object.fromEntries(
    TOPIC_CHANNELS.map(({ channel, topic, title, description }) => [
      channel,
      {
        address: topicOf(topic, facts.prefix),
        title,
        description,
        messages: messagesOn(topic),
        bindings: bindingOf(topic, facts),
      },
    ]),
  );

function messagesOn(topic: TopicName): Record<string, object> {
  const names: string[] = (Object.keys(EVENTS) as EventName[]).filter((name) => EVENTS[name].topic === topic);
  if (topic === 'portal-logins.v1') names.push('PortalLoginTombstone');
  if (topic === 'portal-logins.v1.dead-letters') names.push('PortalLoginDeadLetter');
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}

// Settings that the binding knows go where its tools look for them, as numbers and lists; the others stay as Kafka writes them.
const NUMBERS = new Set(['retention.ms', 'retention.bytes', 'delete.retention.ms', 'max.message.bytes']);

function bindingOf(name: TopicName, { prefix, partitions, replicationFactor }: TopicFacts): object {
  const settings = Object.entries(TOPIC_SETTINGS[name]).map(([key, value]) => {
    if (key === 'cleanup.policy') return [key, value.split(',')];
    return [key, NUMBERS.has(key) ? Number(value) : value];
  });
  return {
    kafka: {
      topic: topicOf(name, prefix),
      partitions,
      replicas: replicationFactor,
      topicConfiguration: Object.fromEntries(settings) as object,
      bindingVersion: '0.5.0',
    },
  };
}
