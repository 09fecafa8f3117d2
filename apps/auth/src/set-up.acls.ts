import { topicOf } from '#app/contracts/light';
import type { AclGroup } from '#app/messaging/light';

/** Kafka users by their tasks. */
export const PRINCIPALS = { auth: 'User:contact-sync-auth' } as const;

/** The auth app reads logins and writes dead letters: it can write no login. */
export const authAcls = (
  { auth }: Readonly<Record<string, string>>,
  { prefix, consumerGroup }: { prefix: string; consumerGroup: string },
): AclGroup[] => [
  {
    heading: 'The auth app reads logins, and keeps what it cannot apply.',
    acls: [
      { principal: auth!, operations: ['Read'], resource: 'topic', names: [topicOf('portal-logins.v1', prefix)] },
      { principal: auth!, operations: ['Write'], resource: 'topic', names: [topicOf('portal-logins.v1.dead-letters', prefix)] },
      { principal: auth!, operations: ['Read'], resource: 'group', names: [consumerGroup] },
    ],
  },
];
