import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../callers/scope.decorator.js';
import { ListQuery } from '../lists/list-query.decorator.js';
import type { ReadListQuery } from '../lists/list-query.js';
import { Answers } from '../wire/answers.decorator.js';
import { BASE_PATH } from '../wire/base-path.js';
import type { ListAnswer } from '../wire/page.response.js';
import { AUDIT_LIST_FIELDS } from './audit-list.fields.js';
import { AuditListSchema, type AuditEntryAnswer } from './audit.response.js';
import { ListAuditQuery } from './list-audit.query.js';

@ApiTags('audit')
@Controller(`${BASE_PATH.slice(1)}/audit`)
export class AuditController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @RequireScope('audit:read')
  @ApiOperation({
    operationId: 'listAudit',
    summary: 'Read the audit trail',
    description: 'Tokens made, first used, revoked and blocked, exports, and commands of operators.',
  })
  @Answers(200, AuditListSchema, 'A page of the audit trail.')
  list(@ListQuery(AUDIT_LIST_FIELDS, { sort: 'id:desc' }) list: ReadListQuery): Promise<ListAnswer<AuditEntryAnswer>> {
    return this.queries.execute(new ListAuditQuery(list));
  }
}
