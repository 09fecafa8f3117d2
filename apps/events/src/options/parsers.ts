import { InvalidArgumentError } from 'commander';
import { EVENTS, readRfc3339, type EventName } from '#app/contracts';
import type { EventType } from '../reading/event-filter.js';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time: RFC 3339, a day (its start in UTC), or an age (`30s`, `15m`, `2h`, `7d`). @returns milliseconds since 1970 */
export const time =
  (now: () => number = Date.now) =>
  (text: string): number => {
    const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    if (count !== undefined) return now() - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
    const time = readRfc3339(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
    if (!time) throw new InvalidArgumentError('Say 2026-01-31T09:00:00Z, 2026-01-31, or how long ago: 30s, 15m, 2h, 7d.');
    return time.getTime();
  };

/** A time to begin at: it has passed, so that records before it are told from records that still come. */
export const pastTime =
  (now: () => number = Date.now) =>
  (text: string): number => {
    const begin = time(now)(text);
    if (begin > now()) throw new InvalidArgumentError('That time is still to come.');
    return begin;
  };

const idOf =
  (entity: string) =>
  (text: string): number => {
    const id = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(id)) throw new InvalidArgumentError(`A ${entity} is named by its id, a whole number.`);
    return id;
  };

/** An id as in the contract. */
export const contactId = idOf('contact');
export const companyId = idOf('company');

/** Names of events, also `tombstone`, in any case. */
export function eventType(text: string): EventType {
  const found = EVENT_TYPES.find((name) => name.toLowerCase() === text.toLowerCase());
  if (!found) throw new InvalidArgumentError(`It is one of ${EVENT_TYPES.join(', ')}.`);
  return found;
}

const EVENT_TYPES: readonly EventType[] = [...(Object.keys(EVENTS) as EventName[]), 'tombstone'];

/** Takes several values: separated by commas, or by a repeated option. */
export const several =
  <T>(parse: (text: string) => T) =>
  (text: string, before: T[] | undefined): T[] => [...(before ?? []), ...text.split(',').map((part) => parse(part.trim()))];

/** An HTTP address without a password. */
export function httpUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw new InvalidArgumentError('Say http://host:port/path, or https://….');
  if (url.username || url.password) throw new InvalidArgumentError('A URL with a password is shown to everybody: leave it out.');
  return url.href;
}
