import type { MikroORM } from '@mikro-orm/postgresql';
import { Logger, type INestApplicationContext } from '@nestjs/common';
import { EVENTS, topicOf } from '#app/contracts';
import { createKafka, ParkedRecords, readOffsets, TopicReplay, type EventEntry, type Handler } from '#app/messaging';
import type { TaskRun } from '#app/terminal';
import type { RebuildEnv } from '../env.js';
import { loginAuthenticity } from '../portal-logins/login-authenticity.js';
import { judgeLoginFailure } from '../portal-logins/portal-login.errors.js';
import { PortalLoginsConsumer } from '../portal-logins/portal-logins.consumer.js';

/** The live database, the projection's database, and the auth app's sync of logins on the projection. */
interface ReplayTarget {
  live: MikroORM;
  projection: MikroORM;
  sync: INestApplicationContext;
}

/** Reads the topic of logins into the projection by the app's own consumer, from the projection's offset. */
export async function openLoginReplay(
  env: RebuildEnv,
  { live, projection, sync }: ReplayTarget,
  run: TaskRun,
): Promise<TopicReplay> {
  const { em } = projection;
  const topic = topicOf('portal-logins.v1', env.topicPrefix);
  const consumer = sync.get(PortalLoginsConsumer);
  const take: Handler = (entries, context) => consumer.sync(entries as EventEntry<'PortalLoginChanged'>[], context!);
  return TopicReplay.open({
    kafka: createKafka({ ...env.kafka, clientId: 'contact-sync-auth-rebuild' }, new Logger('Kafka')),
    topic,
    em,
    judge: judgeLoginFailure,
    judged: await readOffsets(live.em, [topic]),
    authenticate: loginAuthenticity(env.eventMacKeys, live.em),
    from: await readOffsets(em, [topic]),
    parked: new ParkedRecords(live.em),
    handlerOf: (type) => (type === EVENTS.PortalLoginChanged.type ? take : undefined),
    onProgress: run.progress,
    signal: run.signal,
  });
}
