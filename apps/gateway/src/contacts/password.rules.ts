import { PASSWORD_LENGTH, passwordDefect } from '#app/credentials';
import type { Rule } from '../wire/rules.js';

/** The JSON Schema of a password that may be set. */
export const passwordIn = {
  type: 'string' as const,
  minLength: PASSWORD_LENGTH.min,
  maxLength: PASSWORD_LENGTH.max,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
  writeOnly: true,
  examples: ['correct horse battery'],
};

/** The rule of a password that may be set. */
export const passwordRule: Rule = (value) => (typeof value === 'string' ? passwordDefect(value) : 'must be a string');
