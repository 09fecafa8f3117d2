const RFC_3339 = /^(\d{4}-\d{2}-(\d{2}))[T ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;
const YEAR_10000 = Date.UTC(10_000, 0);

/**
 * The time of an RFC 3339 date-time, to the millisecond; null where it names no time, or a time outside the years of four digits.
 * `T` and `Z` may be lower case, and `T` a blank. A leap second is the first second of the next month.
 */
export function readRfc3339(value: unknown): Date | null {
  const [, date, day, hour, minute, second, fraction = '', zone] = (typeof value === 'string' && RFC_3339.exec(value)) || [];
  if (date === undefined || !isCalendarDate(date, day!)) return null;
  const isLeap = second === '60';
  const time = new Date(`${date}T${hour}:${minute}:${isLeap ? '59' : second}${fraction}${zone!.toUpperCase()}`);
  if (isLeap && !endsMonth(time)) return null;
  time.setTime(time.getTime() + (isLeap ? 1_000 : 0));
  return time.getTime() >= YEAR_10000 || time.getUTCFullYear() < 0 ? null : time;
}

/** The engine reads February 30 as March 2. */
function isCalendarDate(date: string, day: string): boolean {
  const start = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(start.getTime()) && start.getUTCDate() === Number(day);
}

/** Whether a time is in the last second of a month in UTC; a leap second follows only such a second. */
const endsMonth = (time: Date): boolean =>
  new Date(Math.floor(time.getTime() / 1_000) * 1_000 + 1_000).toISOString().endsWith('-01T00:00:00.000Z');
