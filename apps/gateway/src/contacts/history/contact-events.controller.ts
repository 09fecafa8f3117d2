import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ContactNotFound } from '../contact.errors.js';
import { idOf } from '../../wire/ids.js';
import { BASE_PATH } from '../../wire/base-path.js';
import { RequireScope } from '../../callers/scope.decorator.js';
import { listAnswer, listOf, type ListAnswer } from '../../wire/page.response.js';
import { Answers } from '../../wire/answers.decorator.js';
import { Reads } from '../../wire/documented.js';
import { readPage } from '../../wire/page.js';
import { PAGING } from '../../wire/parameters.js';
import { assertValid } from '../../wire/validation.error.js';
import { ContactEventSchema } from './contact-event.schema.js';
import { ListContactEventsQuery, type ContactEvent } from './list-contact-events.query.js';

/** A page of a contact's history. */
const ContactEventListSchema = listOf(ContactEventSchema, 'ContactEventList');

@ApiTags('events')
@Controller(`${BASE_PATH.slice(1)}/contacts`)
export class ContactEventsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id/events')
  @RequireScope('events:read')
  @ApiOperation({
    operationId: 'listContactEvents',
    summary: "Read a contact's history",
    description: 'Newest first; kept as long as the contact, or for the days that the deployment sets (`HISTORY_DAYS`).',
  })
  @Reads(...PAGING)
  @Answers(200, ContactEventListSchema, 'A page of the history.')
  async list(
    @Param('id', idOf(ContactNotFound)) id: number,
    @Query() query: Record<string, unknown>,
  ): Promise<ListAnswer<ContactEvent>> {
    const { page, errors } = readPage(query);
    // The contact is looked up before the query is checked: 404 comes before 422.
    const { events, total } = await this.queries.execute(new ListContactEventsQuery(id, page));
    assertValid(errors);
    return listAnswer(page, total, events);
  }
}
