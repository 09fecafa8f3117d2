import { EVENTS, type EventName } from '#app/contracts';
import type { FieldErrors } from '#app/http';
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
  if (contactId !== undefined && !isContactId(contactId)) errors['contact_id'] = ['must be a positive integer'];
  if (type !== undefined && !isType(type)) errors['type'] = [`must be one of ${TYPES.join(', ')}`];
  return {
    filter: { contactId: isContactId(contactId) ? Number(contactId) : undefined, type: isType(type) ? type : undefined },
    errors,
  };
}

/** Whether a stream with this filter sends the event. */
export const passes = ({ contactId, type }: EventFilter, event: StreamedEvent): boolean =>
  (contactId === undefined || event.contactId === contactId) && (type === undefined || event.name === type);

const isType = (value: unknown): value is EventName => typeof value === 'string' && TYPES.includes(value);
const isContactId = (value: unknown): boolean =>
  typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) && Number.isSafeInteger(Number(value));
