import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BASE_PATH } from '../../wire/base-path.js';
import { RequireScope } from '../../callers/scope.decorator.js';
import { Exporter } from '../../exports/exporter.js';
import { ExportFilters, type ExportQuery } from '../../exports/export-query.decorator.js';
import { CSV_FORM, exportLine } from '../../exports/export.response.js';
import { Answers, Refuses } from '../../wire/answers.decorator.js';
import { CompanySchema } from '../company.response.js';
import { COMPANY_LIST_FIELDS } from '../list/company-list.fields.js';
import { companyExport } from './company-export.js';

/** A line of the export of companies. */
const CompanyExportSchema = exportLine(CompanySchema, 'CompanyExport');

@ApiTags('companies')
@Controller(`${BASE_PATH.slice(1)}/companies`)
export class ExportCompaniesController {
  constructor(private readonly exporter: Exporter) {}

  @Get('export')
  @RequireScope('companies:read')
  @ApiOperation({
    operationId: 'exportCompanies',
    summary: 'Export all companies',
    description:
      "One moment's state, streamed in the order of ids, with the place in the events to go on from. With `Accept: text/csv` a table for people.",
  })
  @Answers(200, CompanyExportSchema, 'A company a line, then the end.', {
    contentType: 'application/x-ndjson',
    csv: CSV_FORM,
    headers: ['Snapshot-Cursor', 'Snapshot-Offsets'],
  })
  @Refuses(422)
  export(
    @ExportFilters(COMPANY_LIST_FIELDS) query: ExportQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.exporter.answer({ source: companyExport, query, request, reply });
  }
}
