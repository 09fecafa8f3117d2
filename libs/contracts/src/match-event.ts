import type { ContactSyncEvent } from './events.js';

/** What to do with each event that can come; TypeScript refuses cases that leave one out. */
export type EventCases<E extends ContactSyncEvent, R> = { [N in E['name']]: (event: Extract<E, { name: N }>) => R };

/**
 * Calls the case of the event's name.
 *
 * Exhaustive at compile time: a release of the contract with a further event does not compile until a case says what to do with it.
 */
export function matchEvent<E extends ContactSyncEvent, R>(event: E, cases: EventCases<E, R>): R {
  const act = cases[event.name as E['name']] as (event: E) => R;
  return act(event);
}
