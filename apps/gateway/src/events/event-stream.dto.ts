import { COMPANY_FIELDS, CONTACT_FIELDS, EVENTS, PORTAL_LOGIN_CHANGES, type EventName } from '#app/contracts';
import { readId } from '../wire/ids.js';
import type { FieldErrors } from '../wire/validation.error.js';
import type { StreamedEvent } from './streamed-event.js';

/** The filter of a stream; without a condition it sends all events. */
export interface EventFilter {
  contactId?: number | undefined;
  companyId?: number | undefined;
  type?: EventName | undefined;
  /** An event passes if it changed at least one of these names; an event without changed names passes too. */
  changed?: readonly string[] | undefined;
}

const TYPES = Object.keys(EVENTS);
/** The names that events use for changes. */
const CHANGED_NAMES: readonly string[] = [...new Set([...CONTACT_FIELDS, ...COMPANY_FIELDS, ...PORTAL_LOGIN_CHANGES])];

/** Reads `contact_id`, `company_id`, `type` and `changed` of the query, with every error keyed by the parameter's name. */
export function readEventFilter(query: Record<string, unknown>): { filter: EventFilter; errors: FieldErrors } {
  const errors: FieldErrors = {};
  const [contactId, companyId] = ['contact_id', 'company_id'].map((name) => {
    const id = readId(query[name]);
    if (query[name] !== undefined && id === undefined) errors[name] = ['must be a positive integer'];
    return id;
  });
  if (query['contact_id'] !== undefined && query['company_id'] !== undefined)
    errors['company_id'] = ['must not be given together with contact_id'];
  const { type } = query;
  if (type !== undefined && !isType(type)) errors['type'] = [`must be one of ${TYPES.join(', ')}`];
  const changed = readChanged(query['changed']);
  if (changed === 'unreadable') errors['changed'] = ['must be names of fields, with commas between'];
  return {
    filter: { contactId, companyId, type: isType(type) ? type : undefined, changed: changed === 'unreadable' ? [] : changed },
    errors,
  };
}

/** Whether a stream with this filter sends the event. */
export const passes = ({ contactId, companyId, type, changed }: EventFilter, event: StreamedEvent): boolean =>
  (contactId === undefined || event.contactId === contactId) &&
  (companyId === undefined || event.companyId === companyId) &&
  (type === undefined || event.name === type) &&
  (changed === undefined || event.changed === undefined || event.changed.some((name) => changed.includes(name)));

function readChanged(value: unknown): readonly string[] | 'unreadable' | undefined {
  if (value === undefined) return undefined;
  const names = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : [''];
  return names.every((name) => CHANGED_NAMES.includes(name)) ? names : 'unreadable';
}

const isType = (value: unknown): value is EventName => typeof value === 'string' && TYPES.includes(value);
