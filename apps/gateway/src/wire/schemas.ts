import Type, { type TSchema } from 'typebox';
import { MAX_TEXT, TEXT_PATTERN } from './rules.js';

/** An id or a count that JSON numbers carry without loss. */
export const wholeNumber = (description: string, example = 123, minimum = 1) =>
  Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER, description, examples: [example] });

/** A time of an answer. */
export const time = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-01-02T03:04:05.678Z'] });

/** An object of an answer with variable names; in the form that generators read as a map. */
export const mapOf = (schema: TSchema, options: object = {}) => Type.Object({}, { additionalProperties: schema, ...options });

/** A value of an answer that can be null. */
export const nullable = <T extends TSchema>(schema: T, description: string, example: unknown = null) =>
  Type.Union([schema, Type.Null()], { description, examples: [example] });

/** Text of a request, as {@link textRule} takes it. */
export const textIn = (example: string, maxLength = MAX_TEXT) => ({
  type: 'string' as const,
  minLength: 1,
  maxLength,
  pattern: TEXT_PATTERN,
  examples: [example],
});

/** Text of a request; null or an empty string clears it. */
export const clearableTextIn = (example: string, maxLength = MAX_TEXT) => ({
  type: 'string' as const,
  nullable: true,
  maxLength,
  pattern: TEXT_PATTERN,
  examples: [example],
});

/** A string of a request with a format; null or an empty string clears it. */
export const clearableIn = (form: object) => ({
  anyOf: [{ type: 'string', ...form }, { type: 'string', maxLength: 0 }, { type: 'null' }],
});

/** An id of a request; a numeric string is accepted too. */
export const idIn = {
  anyOf: [
    { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    { type: 'string', pattern: '^[1-9][0-9]{0,15}$' },
  ],
};

/** A boolean of a request. Words that mean one are accepted too; as a schema they would have no type in many generated clients. */
export const flagIn = { type: 'boolean' as const };
export const FLAG_WORDS = 'Also `1` or `0`, and each of these words as text.';
