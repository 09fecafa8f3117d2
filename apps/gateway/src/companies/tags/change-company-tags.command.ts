import { Command } from '@nestjs/cqrs';
import type { TagSnapshot } from '#app/contracts';
import type { EventPreview } from '../../writes/event-preview.js';
import type { FieldErrors, WriteRequest } from '../../writes/write-request.js';
import type { TagChange } from './tag-change.js';

/** The tags of a company, sorted. */
export interface CompanyTags {
  tags: TagSnapshot[];
  /** The company's version. */
  version: number;
  /** Of a dry run: the events that would follow. */
  events?: EventPreview[];
}

/** Change the tags of a company. */
export class ChangeCompanyTagsCommand extends Command<CompanyTags> {
  constructor(
    readonly companyId: number,
    readonly change: TagChange,
    /** What is already known to be wrong with the request's form. */
    readonly formErrors: FieldErrors,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
