import { Controller, Get, Header, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Operation } from '../docs/operation.decorator.js';
import { auditResponse, type AuditResponse } from './audit.response.js';
import { AUDIT_PARAMETERS, readAuditPage } from './list-audit.dto.js';
import { ListAuditQuery } from './list-audit.query.js';

/** Failed and blocked sign-ins, and commands of operators, for operators. */
@Controller('audit')
export class AuditController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Operation({
    id: 'listAudit',
    summary: 'A page of the audit trail',
    tag: 'audit',
    security: 'operatorToken',
    parameters: AUDIT_PARAMETERS,
    answers: { 200: { description: 'Its entries, the newest first.', schema: 'AuditPage' } },
    errors: [400, 401, 422, 429, 503],
  })
  @Header('Cache-Control', 'no-store')
  async list(@Query() source: Record<string, unknown>): Promise<AuditResponse> {
    const page = readAuditPage(source);
    return auditResponse(page, await this.queries.execute(new ListAuditQuery(page)));
  }
}
