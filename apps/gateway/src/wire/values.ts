/** Brings a value of the wire into the form that is judged and stored; what it does not understand it leaves as it is. */
export type Normalizer = (value: unknown) => unknown;

/** Trimmed, CRLF as newline, an empty string as null. */
export const text: Normalizer = (value) => (typeof value === 'string' ? value.trim().replaceAll('\r\n', '\n') || null : value);

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

/** A boolean, also from 0, 1 and the words that stand for them. */
export const boolean: Normalizer = (value) => {
  const trimmed = text(value);
  return BOOLEANS.get(trimmed) ?? trimmed;
};

/** Taken as it is: nothing of a password is trimmed. */
export const verbatim: Normalizer = (value) => value;
