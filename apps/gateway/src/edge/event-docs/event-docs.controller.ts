import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { asyncApiDocument, type AsyncApiDocument } from '#app/contracts';
import { eventsPage } from './events.page.js';
import { TopicSettings } from './topic-settings.js';

/** The event contract as this deployment has it, for programs and for people; both without a token, as the OpenAPI document is. */
@ApiExcludeController()
@Controller()
export class EventDocsController {
  private readonly document: AsyncApiDocument;
  private readonly page: string;

  constructor(topics: TopicSettings) {
    this.document = asyncApiDocument(topics);
    this.page = eventsPage(this.document);
  }

  @Get('asyncapi.json')
  asyncApi(): AsyncApiDocument {
    return this.document;
  }

  @Get('asyncapi')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
  asPage(): string {
    return this.page;
  }
}
