import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BASE_PATH } from '../../http/bearer.hook.js';
import { RequireScope } from '../../http/scope.decorator.js';
import type { ListAnswer } from '../../lists/list-answer.js';
import { readListQuery } from '../../lists/list-query.js';
import { QueryString } from '../../lists/query-string.decorator.js';
import type { QueryParameter } from '../../lists/query-string.js';
import type { CompanySnapshot } from '../company.snapshot.js';
import { COMPANY_LIST_FIELDS } from './company-list.fields.js';
import { ListCompaniesQuery } from './list-companies.query.js';

@ApiTags('companies')
@ApiBearerAuth()
@Controller(`${BASE_PATH.slice(1)}/companies`)
export class ListCompaniesController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @RequireScope('companies:read')
  @ApiOperation({ summary: 'List companies' })
  list(@QueryString() query: QueryParameter[]): Promise<ListAnswer<CompanySnapshot>> {
    return this.queries.execute(new ListCompaniesQuery(readListQuery(query, COMPANY_LIST_FIELDS)));
  }
}
