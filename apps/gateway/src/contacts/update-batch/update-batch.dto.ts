import { type FieldErrors } from '@app/http';
import { integer } from '../../http/wire.values.js';
import { parseVersionCondition } from '../../writes/version-condition.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { readContactPatch, type ReadPatch } from '../update-contact/update-contact.dto.js';

/** Most items of a batch. */
export const MAX_BATCH_ITEMS = 100;

type Item = Record<string, unknown>;

/** One item of a batch, read. */
export interface ReadBatchItem extends ReadPatch {
  /** NaN where it is no contact's id. */
  contactId: number;
  request: WriteRequest;
}

/** The items of a batch's body, or what is wrong with the batch as a whole. */
export function readBatch(body: Record<string, unknown>): { items: Item[]; errors: FieldErrors } {
  const items = body['items'];
  if (!Array.isArray(items)) return { items: [], errors: { items: ['must be a list'] } };
  if (items.length === 0) return { items: [], errors: { items: ['must have at least 1 item'] } };
  if (items.length > MAX_BATCH_ITEMS) return { items: [], errors: { items: [`must have at most ${MAX_BATCH_ITEMS} items`] } };
  const isObject = (item: unknown): item is Item => typeof item === 'object' && item !== null && !Array.isArray(item);
  const errors = items.flatMap((item, index) => (isObject(item) ? [] : [[`items.${index}`, ['must be an object']]]));
  return { items: items.filter(isObject), errors: Object.fromEntries(errors) as FieldErrors };
}

/** Reads one item: a patch with the contact's id and, in `if_match`, the version it is meant for. */
export function readBatchItem({ if_match: ifMatchText, ...body }: Item, request: WriteRequest, item: number): ReadBatchItem {
  const { patch, errors } = readContactPatch(body, request);
  const id = integer(body['id']);
  if (id === undefined || id === null) errors['id'] = ['is required'];
  const ifMatch = typeof ifMatchText === 'string' ? parseVersionCondition(ifMatchText) : undefined;
  if (ifMatchText != null && !ifMatch) errors['if_match'] = ['must be * or a list of entity tags such as "7"'];
  const isId = typeof id === 'number' && Number.isSafeInteger(id) && id > 0;
  return { patch, errors, contactId: isId ? id : NaN, request: { ...request, ifMatch, item } };
}
