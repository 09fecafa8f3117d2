import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ContactSnapshot } from '@app/contracts';
import { CompanyIdPipe } from '../../companies/company-id.pipe.js';
import { BASE_PATH } from '../../http/bearer.hook.js';
import { RequireScope } from '../../http/scope.decorator.js';
import type { ListAnswer } from '../../lists/list-answer.js';
import { readListQuery } from '../../lists/list-query.js';
import { QueryString } from '../../lists/query-string.decorator.js';
import type { QueryParameter } from '../../lists/query-string.js';
import { CONTACT_LIST_FIELDS } from './contact-list.fields.js';
import { ListContactsQuery } from './list-contacts.query.js';

@ApiTags('contacts')
@ApiBearerAuth()
@Controller(BASE_PATH.slice(1))
export class ListContactsController {
  constructor(private readonly queries: QueryBus) {}

  @Get('contacts')
  @RequireScope('contacts:read')
  @ApiOperation({ summary: 'List contacts' })
  listAll(@QueryString() query: QueryParameter[]): Promise<ListAnswer<ContactSnapshot>> {
    return this.queries.execute(new ListContactsQuery(readListQuery(query, CONTACT_LIST_FIELDS)));
  }

  @Get('companies/:id/contacts')
  @RequireScope('contacts:read')
  @ApiOperation({ summary: "List a company's contacts" })
  listOfCompany(
    @Param('id', CompanyIdPipe) id: number,
    @QueryString() query: QueryParameter[],
  ): Promise<ListAnswer<ContactSnapshot>> {
    return this.queries.execute(new ListContactsQuery(readListQuery(query, CONTACT_LIST_FIELDS), id));
  }
}
