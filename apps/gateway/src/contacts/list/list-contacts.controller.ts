import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ContactSnapshot } from '#app/contracts';
import { CompanyNotFound } from '../../companies/company.errors.js';
import { idOf } from '../../wire/ids.js';
import { BASE_PATH } from '../../wire/base-path.js';
import { RequireScope } from '../../callers/scope.decorator.js';
import { listOf, type ListAnswer } from '../../wire/page.response.js';
import { ListQuery } from '../../lists/list-query.decorator.js';
import type { ReadListQuery } from '../../lists/list-query.js';
import { Answers } from '../../wire/answers.decorator.js';
import { ContactSchema } from '../contact.answer.js';
import { CONTACT_LIST_FIELDS } from './contact-list.fields.js';
import { ListContactsQuery } from './list-contacts.query.js';

/** A page of contacts. */
const ContactListSchema = listOf(ContactSchema, 'ContactList');

@ApiTags('contacts')
@Controller(BASE_PATH.slice(1))
export class ListContactsController {
  constructor(private readonly queries: QueryBus) {}

  @Get('contacts')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listContacts', summary: 'List contacts' })
  @Answers(200, ContactListSchema, 'A page of contacts.')
  listAll(@ListQuery(CONTACT_LIST_FIELDS) list: ReadListQuery): Promise<ListAnswer<ContactSnapshot>> {
    return this.queries.execute(new ListContactsQuery(list));
  }

  @Get('companies/:company/contacts')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'listContactsOfCompany', summary: "List a company's contacts" })
  @Answers(200, ContactListSchema, 'A page of contacts.')
  listOfCompany(
    @Param('company', idOf(CompanyNotFound)) company: number,
    @ListQuery(CONTACT_LIST_FIELDS) list: ReadListQuery,
  ): Promise<ListAnswer<ContactSnapshot>> {
    return this.queries.execute(new ListContactsQuery(list, company));
  }
}
