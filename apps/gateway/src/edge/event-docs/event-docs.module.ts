import { Module, type DynamicModule } from '@nestjs/common';
import type { TopicFacts } from '#app/contracts';
import { EventDocsController } from './event-docs.controller.js';
import { TopicSettings } from './topic-settings.js';

/** The event contract as a document and as a page. */
@Module({})
export class EventDocsModule {
  static register(topics: TopicFacts): DynamicModule {
    return {
      module: EventDocsModule,
      controllers: [EventDocsController],
      providers: [{ provide: TopicSettings, useValue: new TopicSettings(topics) }],
    };
  }
}
