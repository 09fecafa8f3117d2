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

/** `GET /events/stream`, the feed of events that it follows, and the watch over the tokens of long answers. */
@Module({})
export class EventsModule {
  static register(settings: EventsSettings): DynamicModule {
    const feed = { provide: EventFeed, useFactory: () => feedOf(settings) };
    const tokens = { provide: LiveTokens, useFactory: (em: EntityManager) => new LiveTokens(em), inject: [EntityManager] };
    const streams = {
      provide: EventStreams,
      useFactory: (events: EventFeed<StreamedEvent>, live: LiveTokens) => new EventStreams(events, live, settings.eventStreams),
      inject: [EventFeed, LiveTokens],
    };
    return {
      module: EventsModule,
      global: true,
      controllers: [EventsController],
      providers: [feed, tokens, streams],
      exports: [EventFeed, LiveTokens],
    };
  }
}

function feedOf({ kafka, topics }: EventsSettings): EventFeed<StreamedEvent> {
  const logger = new Logger('Events');
  return new EventFeed(createKafka({ ...kafka, clientId: 'contact-sync-events' }, new Logger('Kafka')), {
    // In the order in which releases added them: an older cursor names the first ones. Only the first two existed from the start.
    topics: (['contacts.v1', 'portal-logins.v1', 'companies.v1'] as const).map((name) => topicOf(name, topics.prefix)),
    needed: 2,
    read: new EventReader(logger).read,
    logger,
  });
}
