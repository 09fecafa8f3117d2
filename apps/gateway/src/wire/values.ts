import { hasForbiddenControl } from './rules.js';

/** Converts a wire value to the form that is checked and stored; leaves a value that it does not understand. */
export type Normalizer = (value: unknown) => unknown;

/** A newline with the carriage returns before it. With a plain `\r+`, time would grow with the square of a run of them. */
const CRLF = /(?<!\r)\r+\n/g;

/** Turns CRLF into newline, as texts are stored; twice gives what once gives, so that a text that was read is equal when it is sent back. */
export const withNewlines = (text: string): string => (text.includes('\r\n') ? text.replace(CRLF, '\n') : text);

/** Trims, turns CRLF into newline, and an empty string into null. Leaves a string that no rule accepts: some control characters are blanks. */
export const text: Normalizer = (value) => {
  if (typeof value !== 'string') return value;
  const trimmed = value.trim();
  if (trimmed.length !== value.length && hasForbiddenControl(value)) return value;
  return withNewlines(trimmed) || null;
};

/** A number, also from a numeric string. */
export const integer: Normalizer = (value) => {
  const trimmed = text(value);
  return typeof trimmed === 'string' && /^-?\d{1,20}$/.test(trimmed) ? Number(trimmed) : trimmed;
};

const BOOLEANS = new Map<unknown, boolean>([
  [0, false],
  [1, true],
  ['0', false],
  ['1', true],
  ['false', false],
  ['true', true],
]);

/** A boolean, also from 0, 1 and the words that mean one. */
export const boolean: Normalizer = (value) => {
  const trimmed = text(value);
  return BOOLEANS.get(trimmed) ?? trimmed;
};

/** Unchanged: no part of a password is trimmed. */
export const verbatim: Normalizer = (value) => value;
