import { EntityManager } from '@mikro-orm/postgresql';
import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { topicOf } from '#app/contracts';
import { createKafka, EventFeed } from '#app/messaging';
import type { GatewayEnv } from '../env.js';
import { EventReader } from './event-reader.js';
import { EventStreams } from './event-streams.js';
import { EventsController } from './events.controller.js';
import { LiveTokens } from './live-tokens.js';
import type { StreamedEvent } from './streamed-event.js';

/** `GET /events/stream`. */
@Module({})
export class EventsModule {
  static register(env: GatewayEnv): DynamicModule {
    const streams = {
      provide: EventStreams,
      useFactory: (em: EntityManager) => new EventStreams(feedOf(env), new LiveTokens(em), env.eventStreams),
      inject: [EntityManager],
    };
    return { module: EventsModule, controllers: [EventsController], providers: [streams] };
  }
}

function feedOf({ kafka, topics }: GatewayEnv): EventFeed<StreamedEvent> {
  const logger = new Logger('Events');
  return new EventFeed(createKafka({ ...kafka, clientId: 'contact-sync-events' }, new Logger('Kafka')), {
    topics: [topicOf('contacts.v1', topics.prefix), topicOf('portal-logins.v1', topics.prefix)],
    read: new EventReader(logger).read,
    logger,
  });
}
