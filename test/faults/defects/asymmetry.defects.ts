import { Socket } from 'node:net';
import type { DynamicModule } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import kafkajs from 'kafkajs';
import { CompanyRemovals } from '../../../apps/gateway/src/contacts/leave-company/company-removals.js';
import { ListReader } from '../../../apps/gateway/src/lists/list-reader.js';
import type { ListSlots } from '../../../apps/gateway/src/lists/list-slots.js';
import { ListsModule } from '../../../apps/gateway/src/lists/lists.module.js';
import { ConsumerSession } from '../../../libs/messaging/src/consumer/consumer-session.js';
import { TopicIds } from '../../../libs/messaging/src/kafka/topic-ids.js';
import { OutboxPublisher, type PublishResult } from '../../../libs/messaging/src/outbox/outbox-publisher.js';
import { PublishingRecord } from '../../../libs/messaging/src/outbox/publishing-record.js';
import { PostgresClient } from '../../../libs/postgres/src/postgres-client.js';
import { StatementGroup } from '../../../libs/postgres/src/statement-group.js';
import { TOPIC_SETTINGS } from '../../../libs/contracts/src/topics.js';
import { around, together } from '../seams/around.js';
import type { Defect } from './defects.js';

interface OpenSession {
  stop(reason: string): void;
}
interface OpenRemovals {
  round(): Promise<boolean>;
}
interface Statement {
  name?: string;
  text?: string;
}
interface OpenClient {
  query(config: unknown, ...rest: unknown[]): unknown;
}
interface OpenGroup {
  add(statement: Statement, values: readonly unknown[]): unknown;
}

/** Lists without a limit, on the connections of all other requests. */
const listsOnThePool = (): DynamicModule => ({
  module: ListsModule,
  global: true,
  providers: [
    {
      provide: ListReader,
      useFactory: (orm: MikroORM) =>
        new ListReader(orm, { run: (_family: string, work: () => Promise<unknown>) => work() } as unknown as ListSlots),
      inject: [MikroORM],
    },
  ],
  exports: [ListReader],
});

/** Replaces the text of a named statement, sent alone or in a group. */
function withText(name: string, change: (text: string) => string): () => void {
  const changed = (statement: Statement): Statement => ({ ...statement, text: change(statement.text!) });
  return together(
    around(PostgresClient.prototype as unknown as OpenClient, 'query', (query, [config, ...rest]) =>
      (config as Statement | null)?.name === name ? query(changed(config as Statement), ...rest) : query(),
    ),
    around(StatementGroup.prototype as unknown as OpenGroup, 'add', (add, [statement, values]) =>
      statement.name === name ? add(changed(statement), values) : add(),
    ),
  );
}

function removalsOfThisProcess(): () => void {
  let hasClosed = false;
  return together(
    around(CompanyRemovals.prototype, 'wake', (wake) => {
      hasClosed = true;
      wake();
    }),
    around(CompanyRemovals.prototype as unknown as OpenRemovals, 'round', (round) =>
      hasClosed ? round() : Promise.resolve(false),
    ),
  );
}

/** Gives all topics another setting. */
function withTopicSetting(name: string, value: string): () => void {
  const all = Object.values(TOPIC_SETTINGS) as Record<string, string>[];
  const former = all.map((settings) => settings[name]);
  for (const settings of all) settings[name] = value;
  return () => all.forEach((settings, at) => (settings[name] = former[at]!));
}

/** One for each fault of one thing alone. */
export const ASYMMETRY_DEFECTS: Readonly<Record<string, Defect>> = {
  'lease-kept': {
    title: 'a relay that publishes nothing keeps the lease (fault 31)',
    plant: () => around(PublishingRecord.prototype, 'shouldHandOver', () => false),
  },
  'member-kept': {
    title: 'an auth app without its database keeps its partitions (fault 32)',
    plant: () =>
      around(ConsumerSession.prototype as unknown as OpenSession, 'stop', (stop, [reason]) =>
        reason.includes('database') ? undefined : stop(),
      ),
  },
  'lock-awaited': {
    title: 'a batch of updates waits for a locked contact (fault 33)',
    plant: () => withText('contacts-lock', (text) => text.replace(' skip locked', '')),
  },
  'failure-shared': {
    title: 'where one partition refuses, what the others took is sent again (fault 34)',
    plant: () =>
      around(OutboxPublisher.prototype, 'publish', async (publish): Promise<PublishResult> => {
        const result = await publish();
        return result.failed.length > 0 ? { ...result, published: [] } : result;
      }),
  },
  'rows-by-number': {
    title: 'a pass reads a thousand rows, whatever their size (fault 35)',
    plant: () =>
      withText(
        'outbox-next',
        () => 'select id, topic, key, headers, payload from outbox where id > $1::bigint order by id limit 1000',
      ),
  },
  'time-of-the-process': {
    title: 'records carry the time of the process that publishes (fault 36)',
    plant: () => withTopicSetting('message.timestamp.type', 'CreateTime'),
  },
  'cut-softly': {
    title: 'a send that is given up is closed, not reset (fault 37)',
    plant: () => around(Socket.prototype, 'resetAndDestroy', (_reset, _args, self) => self.destroy()),
  },
  'topic-ids-ignored': {
    title: 'a topic that was made again is read on at the old offset (fault 38)',
    plant: () => around(TopicIds.prototype, 'read', () => Promise.resolve(new Map<string, string>())),
  },
  'aborted-records-read': {
    title: 'records of aborted transactions are applied (fault 39)',
    plant: () =>
      around(kafkajs.Kafka.prototype, 'consumer', (consumer, [config]) => consumer({ ...config, readUncommitted: true })),
  },
  'removal-forgotten': {
    title: 'a gateway removes only the companies that it has closed itself since its start (fault 41)',
    plant: removalsOfThisProcess,
  },
  'lists-unbounded': {
    title: 'lists have no limit and use the connections of all requests (fault 40)',
    plant: () => around(ListsModule, 'register', () => listsOnThePool()),
  },
};
