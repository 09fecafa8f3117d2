import type { MikroORM } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import type { CommandBus } from '@nestjs/cqrs';
import { EVENTS, topicOf } from '#app/contracts';
import { readOpeningKeys } from '#app/credentials';
import { createKafka, ParkedRecords, readOffsets, TopicReplay, type EventEntry, type Handler } from '#app/messaging';
import type { TaskRun } from '#app/terminal';
import type { RebuildEnv } from '../env.js';
import { Credentials } from '../portal-logins/credentials.js';
import { VersionWaiter } from '../portal-logins/version-waiter.js';
import { judgeLoginFailure } from '../portal-logins/portal-login.errors.js';
import { PortalLoginsConsumer } from '../portal-logins/portal-logins.consumer.js';
import type { SyncPortalLoginsCommand } from '../portal-logins/sync-portal-logins.command.js';
import { SyncPortalLoginsHandler } from '../portal-logins/sync-portal-logins.handler.js';

/** The live logins' database and the projection's, each through the auth app's own ORM. */
export interface RebuildDatabases {
  live: MikroORM;
  projection: MikroORM;
}

/** The topic of logins, on its way into the projection by the app's own consumer and handler: from where the projection is on. */
export async function openLoginReplay(env: RebuildEnv, databases: RebuildDatabases, run: TaskRun): Promise<TopicReplay> {
  const { em } = databases.projection;
  const topic = topicOf('portal-logins.v1', env.topicPrefix);
  const credentials = new Credentials(await readOpeningKeys(env.credentialPrivateKeys));
  const handler = new SyncPortalLoginsHandler(em, credentials, new VersionWaiter(em));
  const commands = { execute: (command: SyncPortalLoginsCommand) => handler.execute(command) } as unknown as CommandBus;
  const consumer = new PortalLoginsConsumer(commands);
  const take: Handler = (entries, context) => consumer.sync(entries as EventEntry<'PortalLoginChanged'>[], context!);
  return TopicReplay.open({
    kafka: createKafka({ ...env.kafka, clientId: 'contact-sync-auth-rebuild' }, new Logger('Kafka')),
    ...{
      topic,
      em,
      judge: judgeLoginFailure,
      from: await readOffsets(em, [topic]),
      parked: new ParkedRecords(databases.live.em),
    },
    handlerOf: (type) => (type === EVENTS.PortalLoginChanged.type ? take : undefined),
    onProgress: run.progress,
    signal: run.signal,
  });
}
