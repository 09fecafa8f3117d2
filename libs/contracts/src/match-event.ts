import type { ContactSyncEvent } from './events.js';

/** A case for each event name; TypeScript rejects cases that leave one out. */
export type EventCases<E extends ContactSyncEvent, R> = { [N in E['name']]: (event: Extract<E, { name: N }>) => R };

/**
 * Calls the case of the event's name.
 *
 * Exhaustive at compile time: with a release of the contract that adds an event, the code compiles only with a case for it.
 */
export function matchEvent<E extends ContactSyncEvent, R>(event: E, cases: EventCases<E, R>): R {
  const act = cases[event.name as E['name']] as (event: E) => R;
  return act(event);
}
