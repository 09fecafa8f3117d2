import { Compile } from 'typebox/compile';
import { EVENTS, type EventDataByName, type EventName } from './events.js';

const validators = Object.fromEntries(Object.entries(EVENTS).map(([name, { schema }]) => [name, Compile(schema)])) as Record<
  EventName,
  ReturnType<typeof Compile>
>;

/**
 * Lists the errors of an event's data.
 * @returns one line per error, `/contact/id: must be string`, without any of the values; empty where the data is valid.
 */
export function eventDataDefects(name: EventName, data: unknown): string[] {
  const validator = validators[name];
  if (validator.Check(data)) return [];
  return validator.Errors(data).map((error) => `${error.instancePath || '/'}: ${error.message}`);
}

/** Whether the data is valid for an event of this name. */
export function isEventData<N extends EventName>(name: N, data: unknown): data is EventDataByName[N] {
  return validators[name].Check(data);
}
