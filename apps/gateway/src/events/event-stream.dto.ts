import { EVENTS, type EventName } from '#app/contracts';
import { readId } from '../wire/ids.js';
import type { FieldErrors } from '../wire/validation.error.js';
import type { StreamedEvent } from './streamed-event.js';

/** Which events a stream is for; without a condition all. */
export interface EventFilter {
  contactId: number | undefined;
  type: EventName | undefined;
}

const TYPES = Object.keys(EVENTS);

/** Reads `contact_id` and `type` of the query, with every error keyed by the parameter's name. */
export function readEventFilter(query: Record<string, unknown>): { filter: EventFilter; errors: FieldErrors } {
  const { contact_id: contactId, type } = query;
  const errors: FieldErrors = {};
  const id = readId(contactId);
  if (contactId !== undefined && id === undefined) errors['contact_id'] = ['must be a positive integer'];
  if (type !== undefined && !isType(type)) errors['type'] = [`must be one of ${TYPES.join(', ')}`];
  return { filter: { contactId: id, type: isType(type) ? type : undefined }, errors };
}

/** Whether a stream with this filter sends the event. */
export const passes = ({ contactId, type }: EventFilter, event: StreamedEvent): boolean =>
  (contactId === undefined || event.contactId === contactId) && (type === undefined || event.name === type);

const isType = (value: unknown): value is EventName => typeof value === 'string' && TYPES.includes(value);
