import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { validationFailed } from '@app/http';
import { BASE_PATH } from '../../http/bearer.hook.js';
import { RequireScope } from '../../http/scope.decorator.js';
import { ContactIdPipe } from '../contact-id.pipe.js';
import { ListContactEventsQuery, type ContactEvent } from './list-contact-events.query.js';
import { pageMeta, readPage, type PageMeta } from './page.js';

interface ContactEventsAnswer {
  data: ContactEvent[];
  meta: PageMeta;
}

@ApiTags('events')
@ApiBearerAuth()
@Controller(`${BASE_PATH.slice(1)}/contacts`)
export class ContactEventsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id/events')
  @RequireScope('events:read')
  @ApiOperation({ summary: "Read a contact's history", description: 'Newest first; kept as long as the contact.' })
  @ApiQuery({ name: 'page', required: false, schema: { type: 'integer', minimum: 1, default: 1 } })
  @ApiQuery({ name: 'per_page', required: false, schema: { type: 'integer', minimum: 1, maximum: 100, default: 10 } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 100 } })
  async list(@Param('id', ContactIdPipe) id: number, @Query() query: Record<string, unknown>): Promise<ContactEventsAnswer> {
    const { page, errors } = readPage(query);
    // Existence is decided before the query is: 404 comes before 422.
    const { events, total } = await this.queries.execute(new ListContactEventsQuery(id, page));
    if (Object.keys(errors).length > 0) throw validationFailed(errors);
    return { data: events, meta: pageMeta(page, events.length, total) };
  }
}
