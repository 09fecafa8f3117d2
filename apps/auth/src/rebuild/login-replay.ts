import type { MikroORM } from '@mikro-orm/postgresql';
import { Logger, type INestApplicationContext } from '@nestjs/common';
import { EVENTS, topicOf } from '#app/contracts';
import {
  createKafka,
  isOfFormerTopic,
  ParkedRecords,
  readOffsets,
  TopicIds,
  TopicReplay,
  type EventEntry,
  type Handler,
} from '#app/messaging';
import { TaskRefused, type TaskRun } from '#app/terminal';
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

/** A replay, and the id of the topic that it reads. */
export interface LoginReplay {
  replay: TopicReplay;
  topicId: string | undefined;
}

/**
 * Reads the topic of logins into the projection by the app's own consumer, from the projection's offset.
 * @throws {TaskRefused} if the projection is of an earlier topic of the same name
 */
export async function openLoginReplay(
  env: RebuildEnv,
  { live, projection, sync }: ReplayTarget,
  run: TaskRun,
): Promise<LoginReplay> {
  const { em } = projection;
  const topic = topicOf('portal-logins.v1', env.topicPrefix);
  const consumer = sync.get(PortalLoginsConsumer);
  const take: Handler = (entries, context) => consumer.sync(entries as EventEntry<'PortalLoginChanged'>[], context!);
  const kafka = createKafka({ ...env.kafka, clientId: 'contact-sync-auth-rebuild' }, new Logger('Kafka'));
  const topicId = (await new TopicIds(kafka).read([topic])).get(topic);
  const from = await readOffsets(em, [topic]);
  if (from.some((held) => isOfFormerTopic(held, topicId)))
    throw new TaskRefused('The topic was made again after the projection was prepared: prepare one anew.');
  const replay = await TopicReplay.open({
    kafka,
    topic,
    em,
    judge: judgeLoginFailure,
    judged: await readOffsets(live.em, [topic]),
    authenticate: loginAuthenticity(env.eventMacKeys, live.em),
    from,
    parked: new ParkedRecords(live.em),
    handlerOf: (type) => (type === EVENTS.PortalLoginChanged.type ? take : undefined),
    onProgress: run.progress,
    signal: run.signal,
  });
  return { replay, topicId };
}
