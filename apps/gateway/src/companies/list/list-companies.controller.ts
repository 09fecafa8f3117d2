import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { BASE_PATH } from '../../wire/base-path.js';
import { RequireScope } from '../../callers/scope.decorator.js';
import type { ListAnswer } from '../../wire/page.response.js';
import { ListQuery } from '../../lists/list-query.decorator.js';
import type { ReadListQuery } from '../../lists/list-query.js';
import { Answers } from '../../wire/answers.decorator.js';
import type { CompanySnapshot } from '#app/contracts';
import { CompanyListSchema } from '../company.response.js';
import { COMPANY_LIST_FIELDS } from './company-list.fields.js';
import { ListCompaniesQuery } from './list-companies.query.js';

@ApiTags('companies')
@Controller(`${BASE_PATH.slice(1)}/companies`)
export class ListCompaniesController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @RequireScope('companies:read')
  @ApiOperation({ operationId: 'listCompanies', summary: 'List companies' })
  @Answers(200, CompanyListSchema, 'A page of companies.')
  list(@ListQuery(COMPANY_LIST_FIELDS) list: ReadListQuery): Promise<ListAnswer<CompanySnapshot>> {
    return this.queries.execute(new ListCompaniesQuery(list));
  }
}
