import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BASE_PATH } from '../../wire/base-path.js';
import { RequireScope } from '../../callers/scope.decorator.js';
import { Exporter } from '../../exports/exporter.js';
import { ExportFilters, type ExportQuery } from '../../exports/export-query.decorator.js';
import { CSV_FORM, exportLine } from '../../exports/export.response.js';
import { Answers, Refuses } from '../../wire/answers.decorator.js';
import { ContactSchema } from '../contact.answer.js';
import { CONTACT_LIST_FIELDS } from '../list/contact-list.fields.js';
import { contactExport } from './contact-export.js';

/** A line of the export of contacts. */
const ContactExportSchema = exportLine(ContactSchema, 'ContactExport');

@ApiTags('contacts')
@Controller(`${BASE_PATH.slice(1)}/contacts`)
export class ExportContactsController {
  constructor(private readonly exporter: Exporter) {}

  @Get('export')
  @RequireScope('contacts:read')
  @ApiOperation({
    operationId: 'exportContacts',
    summary: 'Export all contacts',
    description:
      "One moment's state, streamed in the order of ids, with the place in the events to go on from. With `Accept: text/csv` a table for people.",
  })
  @Answers(200, ContactExportSchema, 'A contact a line, then the end.', {
    contentType: 'application/x-ndjson',
    csv: CSV_FORM,
    headers: ['Snapshot-Cursor', 'Snapshot-Offsets'],
  })
  @Refuses(422)
  export(
    @ExportFilters(CONTACT_LIST_FIELDS) query: ExportQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.exporter.answer({ source: contactExport, query, request, reply });
  }
}
