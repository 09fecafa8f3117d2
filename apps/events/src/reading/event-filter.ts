import type { EventName } from '#app/contracts';
import { isCompanyTopic } from '../options/topics.js';
import type { ShownRecord, SourceRecord } from './shown-record.js';

/** An event by its name, or a tombstone. */
export type EventType = EventName | 'tombstone';

/** Which records pass; a missing condition excludes none. */
export interface EventFilter {
  contact?: readonly number[] | undefined;
  company?: readonly number[] | undefined;
  type?: readonly EventType[] | undefined;
}

/** By the key, so that unreadable records match too. */
export const isOfSubject =
  ({ contact, company }: EventFilter) =>
  ({ topic, key }: Pick<SourceRecord, 'topic' | 'key'>): boolean => {
    const ids = isCompanyTopic(topic) ? company : contact;
    return (!contact && !company) || (ids ?? []).some((id) => key?.toString() === String(id));
  };

export const isOfType =
  ({ type }: EventFilter) =>
  ({ kind, name }: Pick<ShownRecord, 'kind' | 'name'>): boolean =>
    !type || type.some((one) => (one === 'tombstone' ? kind === 'tombstone' : kind !== 'tombstone' && name === one));
