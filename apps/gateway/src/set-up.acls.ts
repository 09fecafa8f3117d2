import { topicOf, type TopicName } from '#app/contracts/light';
import type { AclGroup } from '#app/messaging/light';

/** Kafka users by their tasks. */
export const PRINCIPALS = {
  gateway: 'User:contact-sync-gateway',
  'set-up': 'User:contact-sync-set-up',
  operator: 'User:contact-sync-operator',
  subscriber: 'User:contact-sync-subscriber',
} as const;

/** Who uses a topic besides those that read all: a new topic does not compile before that is decided. */
const TOPICS: Readonly<Record<TopicName, { gatewayWrites: boolean; subscriberReads: boolean }>> = {
  'contacts.v1': { gatewayWrites: true, subscriberReads: true },
  'companies.v1': { gatewayWrites: true, subscriberReads: true },
  'portal-logins.v1': { gatewayWrites: true, subscriberReads: false },
  'portal-logins.v1.dead-letters': { gatewayWrites: false, subscriberReads: false },
};
const NAMES = Object.keys(TOPICS) as TopicName[];

interface AclOptions {
  prefix: string;
  /** The auth app's group, which the operator looks at. */
  consumerGroup: string;
}

/** What each user needs, and no more: nobody but the gateway writes logins, and no subscriber reads them. */
export function gatewayAcls(principals: Readonly<Record<string, string>>, { prefix, consumerGroup }: AclOptions): AclGroup[] {
  const { gateway, 'set-up': setUp, operator, subscriber } = principals as Record<keyof typeof PRINCIPALS, string>;
  const namesOf = (names: readonly TopicName[]): string[] => names.map((name) => topicOf(name, prefix));
  const open = namesOf(NAMES.filter((name) => TOPICS[name].subscriberReads));
  const written = namesOf(NAMES.filter((name) => TOPICS[name].gatewayWrites));
  const all = namesOf(NAMES);
  return [
    {
      heading: 'The set-up makes the topics, and checks their settings.',
      acls: [
        {
          principal: setUp,
          operations: ['Create', 'Describe', 'DescribeConfigs', 'AlterConfigs'],
          resource: 'topic',
          names: [`${prefix}.`],
          isPrefix: true,
        },
      ],
    },
    {
      heading: 'The gateway publishes; it reads for its streams and exports, and repairs read for it.',
      acls: [
        { principal: gateway, operations: ['Write'], resource: 'topic', names: written },
        { principal: gateway, operations: ['Read'], resource: 'topic', names: all },
      ],
    },
    {
      heading: 'The events tool reads. What writes logins, dead-letters redrive and replay, runs as the user of the gateway.',
      acls: [
        { principal: operator, operations: ['Read'], resource: 'topic', names: all },
        { principal: operator, operations: ['Read'], resource: 'group', names: [consumerGroup] },
      ],
    },
    {
      heading: 'A subscriber reads contacts and companies, in groups that begin with its name.',
      acls: [
        { principal: subscriber, operations: ['Read'], resource: 'topic', names: open },
        { principal: subscriber, operations: ['Read'], resource: 'group', names: [nameOf(subscriber)], isPrefix: true },
      ],
    },
  ];
}

/** A certificate's name has other characters than a group's. */
const nameOf = (principal: string): string =>
  principal
    .replace(/^User:/, '')
    .replace(/^CN=([^,]+).*$/, '$1')
    .replaceAll(/[^\w.-]/g, '-');
