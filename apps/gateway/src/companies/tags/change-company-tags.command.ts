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
  /** The events of a dry run. */
  events?: EventPreview[];
}

export class ChangeCompanyTagsCommand extends Command<CompanyTags> {
  constructor(
    readonly companyId: number,
    readonly change: TagChange,
    /** Errors of the request's form. */
    readonly formErrors: FieldErrors,
    readonly request: WriteRequest,
  ) {
    super();
  }
}
