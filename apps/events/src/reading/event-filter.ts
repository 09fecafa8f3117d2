import type { EventName } from '#app/contracts';
import type { ShownRecord, SourceRecord } from './shown-record.js';

/** An event by its name, or a tombstone. */
export type EventType = EventName | 'tombstone';

/** Which records are wanted; what is left out excludes none. */
export interface EventFilter {
  contact?: readonly number[] | undefined;
  type?: readonly EventType[] | undefined;
}

/** By the key, so that it need not be readable. */
export const isOfContact =
  ({ contact }: EventFilter) =>
  ({ key }: Pick<SourceRecord, 'key'>): boolean =>
    !contact || contact.some((id) => key?.toString() === String(id));

export const isOfType =
  ({ type }: EventFilter) =>
  ({ kind, name }: Pick<ShownRecord, 'kind' | 'name'>): boolean =>
    !type || type.some((one) => (one === 'tombstone' ? kind === 'tombstone' : kind !== 'tombstone' && name === one));
