import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { asyncApiDocument } from '#app/contracts';
import { eventsPage } from './events.page.js';
import { TopicSettings } from './topic-settings.js';

/** The event contract of this deployment, for programs and for people; without a token, like the OpenAPI document. */
@ApiExcludeController()
@Controller()
export class EventDocsController {
  private readonly document: Buffer;
  private readonly page: string;

  constructor(topics: TopicSettings) {
    const document = asyncApiDocument(topics);
    this.document = Buffer.from(JSON.stringify(document));
    this.page = eventsPage(document);
  }

  @Get('asyncapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  asyncApi(): Buffer {
    return this.document;
  }

  @Get('asyncapi')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header(
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  asPage(): string {
    return this.page;
  }
}
