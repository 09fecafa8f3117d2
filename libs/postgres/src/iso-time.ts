const SECONDS = 'YYYY-MM-DD HH:MM:SS'.length;
const UTC = '+00';

/**
 * A `timestamptz` in RFC 3339, in UTC and to the millisecond.
 * @param text as a session in UTC shows it as text: `2026-02-03 04:05:06.789012+00`; the fraction has up to six digits, and may be absent
 */
export function isoTime(text: string): string {
  const end = text.length - UTC.length;
  // A year of more digits, or before Christ.
  if (text[10] !== ' ' || !text.endsWith(UTC)) return new Date(text).toISOString();
  const fraction =
    end >= SECONDS + 4 ? text.slice(SECONDS, SECONDS + 4) : text.slice(SECONDS, end).padEnd(4, end > SECONDS ? '0' : '.000');
  // Joined, not added: V8 makes JSON of a text that was added piece by piece three times as slowly.
  return [text.slice(0, 10), 'T', text.slice(11, SECONDS), fraction, 'Z'].join('');
}
