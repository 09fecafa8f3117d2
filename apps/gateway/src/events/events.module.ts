import { EntityManager } from '@mikro-orm/postgresql';
import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { topicOf } from '#app/contracts';
import { createKafka, EventFeed } from '#app/messaging';
import type { KafkaConnection } from '#app/settings';
import { EventReader } from './event-reader.js';
import { EventStreams, type StreamLimits } from './event-streams.js';
import { EventsController } from './events.controller.js';
import { LiveTokens } from './live-tokens.js';
import type { StreamedEvent } from './streamed-event.js';

interface EventsSettings {
  kafka: KafkaConnection;
  topics: { prefix: string };
  eventStreams: StreamLimits;
}

/** `GET /events/stream`. */
@Module({})
export class EventsModule {
  static register(settings: EventsSettings): DynamicModule {
    const streams = {
      provide: EventStreams,
      useFactory: (em: EntityManager) => new EventStreams(feedOf(settings), new LiveTokens(em), settings.eventStreams),
      inject: [EntityManager],
    };
    return { module: EventsModule, controllers: [EventsController], providers: [streams] };
  }
}

function feedOf({ kafka, topics }: EventsSettings): EventFeed<StreamedEvent> {
  const logger = new Logger('Events');
  return new EventFeed(createKafka({ ...kafka, clientId: 'contact-sync-events' }, new Logger('Kafka')), {
    // In the order in which releases added them: a cursor of before names those in front. Only the first two are of old.
    topics: (['contacts.v1', 'portal-logins.v1', 'companies.v1'] as const).map((name) => topicOf(name, topics.prefix)),
    needed: 2,
    read: new EventReader(logger).read,
    logger,
  });
}
