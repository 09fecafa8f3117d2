/** How a time is written, for messages. */
export const TIME_FORM = 'an RFC 3339 time such as 2030-01-31T09:00:00Z';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const RFC_3339 = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;
const YEAR_10000 = Date.UTC(10_000, 0);

/** The time that an RFC 3339 string names, to the millisecond; null where it names none, or one that four digits of a year cannot. */
export function readTime(value: unknown): Date | null {
  const [, date] = (typeof value === 'string' && RFC_3339.exec(value)) || [];
  if (date === undefined || !isCalendarDate(date)) return null;
  const time = new Date(value as string);
  return time.getTime() >= YEAR_10000 || time.getUTCFullYear() < 0 ? null : time;
}

/** As {@link readTime}; also a time with a blank in place of its T, and a date, which is its start in UTC. */
export const readTimeOrDate = (text: string): Date | null =>
  readTime(DATE.test(text) ? `${text}T00:00:00Z` : text.replace(' ', 'T'));

/** The engine takes February 30 for March 2. */
function isCalendarDate(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}
