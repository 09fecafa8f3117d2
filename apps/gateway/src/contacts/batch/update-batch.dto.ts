import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { type FieldErrors } from '#app/http';
import { idIn } from '../../wire/schemas.js';
import { unknownFields, type ReadTerms } from '../../wire/dto.js';
import { integer, verbatim } from '../../wire/values.js';
import { CONDITION_FORM, parseVersionCondition } from '../../writes/version-condition.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { readContactPatch, UpdateContactDto, type ReadPatch } from '../update/update-contact.dto.js';

/** Most items of a batch. */
const MAX_BATCH_ITEMS = 100;

type Item = Record<string, unknown>;

const BATCH_FIELDS = { fields: { items: verbatim }, readOnly: new Set<string>() };

/** One item of a batch, for the document; it is read like an update. */
@ApiSchema({ name: 'UpdateBatchItem', description: 'An update, with the id of its contact.' })
class UpdateBatchItemDto extends UpdateContactDto {
  @ApiProperty({ ...idIn, description: 'The contact.' })
  id!: number;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'As the header `If-Match`, for this item.',
    examples: ['"7"'],
  })
  if_match?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'As the header `If-None-Match`, for this item.' })
  if_none_match?: string | null;
}

/** The body of a batch, for the document. */
@ApiSchema({ name: 'UpdateBatch', description: 'Updates of contacts, served in their order.' })
export class UpdateBatchDto {
  @ApiProperty({ type: [UpdateBatchItemDto], minItems: 1, maxItems: MAX_BATCH_ITEMS })
  items!: UpdateBatchItemDto[];
}

/** Bodies for the document. */
export const BATCH_EXAMPLES = {
  'Two contacts': {
    items: [
      { id: 1, phone_1: '+1 555 0100' },
      { id: 2, tags: ['vip'], if_match: '*' },
    ],
  },
};

/** One item of a batch, read. */
export interface ReadBatchItem extends ReadPatch {
  /** NaN if it is no contact's id. */
  contactId: number;
  request: WriteRequest;
}

/** The items of a batch's body, or the errors of the batch as a whole. */
export function readBatch(body: Record<string, unknown>, { strict }: ReadTerms): { items: Item[]; errors: FieldErrors } {
  const { items, errors } = readItems(body['items']);
  return { items, errors: { ...errors, ...(strict ? unknownFields(BATCH_FIELDS, body) : {}) } };
}

function readItems(items: unknown): { items: Item[]; errors: FieldErrors } {
  if (!Array.isArray(items)) return { items: [], errors: { items: ['must be a list'] } };
  if (items.length === 0) return { items: [], errors: { items: ['must have at least 1 item'] } };
  if (items.length > MAX_BATCH_ITEMS) return { items: [], errors: { items: [`must have at most ${MAX_BATCH_ITEMS} items`] } };
  const isObject = (item: unknown): item is Item => typeof item === 'object' && item !== null && !Array.isArray(item);
  const errors = items.flatMap((item, index) => (isObject(item) ? [] : [[`items.${index}`, ['must be an object']]]));
  return { items: items.filter(isObject), errors: Object.fromEntries(errors) as FieldErrors };
}

/** Reads one item: a patch with the contact's id, and its version conditions in `if_match` and `if_none_match`. */
export function readBatchItem({ if_match, if_none_match, ...body }: Item, request: WriteRequest, item: number): ReadBatchItem {
  const { patch, errors } = readContactPatch(body, request);
  const id = integer(body['id']);
  if (id === undefined || id === null) errors['id'] = ['is required'];
  const conditions = { if_match, if_none_match };
  const [match, noneMatch] = Object.entries(conditions).map(([name, text]) => {
    const condition = typeof text === 'string' ? parseVersionCondition(text) : undefined;
    if (text != null && !condition) errors[name] = [`must be ${CONDITION_FORM}`];
    return condition;
  });
  const condition = match || noneMatch ? { match, noneMatch } : undefined;
  const isId = typeof id === 'number' && Number.isSafeInteger(id) && id > 0;
  return { patch, errors, contactId: isId ? id : NaN, request: { ...request, condition, item } };
}
