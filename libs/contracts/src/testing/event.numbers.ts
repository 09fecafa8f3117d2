import type { EventAttributes } from '../events.js';

const START = Date.UTC(2026, 1, 3, 4, 5, 6);
const SECOND_MS = 1_000;
const FIRST_COMPANY = 1_000_001;

let events = 0;
let contacts = 0;
let companies = 0;
let positions = 0;

/** Ids, contacts, companies, positions and times continue from one built event to the next, for the life of the process. */
export const nextContactId = (): number => ++contacts;

/** Greater than the ids that tests give to companies themselves. */
export const nextCompanyId = (): number => FIRST_COMPANY + companies++;

/** Greater than the position of every login event built before. */
export const nextPosition = (): number => ++positions;

/** A UUIDv7 that no other built event has. */
export const nextEventId = (): string => idOf(++events);

/** An event's metadata: a new id, a later time than the event before; the rest as given. */
export function nextAttributes(asked: Partial<EventAttributes> = {}): EventAttributes {
  const id = nextEventId();
  const time = new Date(START + events * SECOND_MS).toISOString();
  return { id, time, correlationId: `request-${events}`, actor: '7', traceparent: null, ...asked };
}

const idOf = (number: number): string => `0194c9a2-5f00-7000-8000-${number.toString(16).padStart(12, '0')}`;
