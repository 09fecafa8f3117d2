import type { DeadLetter, WholeLetter } from './dead-letter.js';
import { letterHeaders, letterValue } from './letter-report.js';

/** A letter as JSON. */
export const letterJson = ({ place, origin, reason, time, cut, contactId, name, version, outcome }: DeadLetter): object => ({
  place,
  state: outcome ?? 'waiting',
  reason,
  time,
  cut,
  origin,
  contact_id: contactId,
  name,
  version,
});

/** With the original's key, headers and value, and without its credential. */
export const wholeLetterJson = (letter: WholeLetter): object => ({
  ...letterJson(letter),
  key: letter.record.key?.toString() ?? null,
  headers: letterHeaders(letter),
  value: letterValue(letter),
});
