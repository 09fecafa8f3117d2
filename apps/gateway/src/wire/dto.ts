import type { FieldErrors } from '#app/http';
import { checkDto } from './checks.js';
import type { Normalizer } from './values.js';

/** A DTO class with a normalizer for each known wire field. */
export interface WireDto<T extends object> {
  new (): T;
  readonly fields: Readonly<Record<string, Normalizer>>;
  /** Fields that answers show and a body may repeat without effect. */
  readonly readOnly: ReadonlySet<string>;
}

/** A request body as its DTO, and its format errors by the request's own names. */
interface ReadDto<T> {
  dto: T;
  errors: FieldErrors;
}

/** How a body is read: whether unknown fields are errors, and the request's other errors. */
export interface ReadTerms {
  strict: boolean;
  errors: FieldErrors;
}

/** Reads the known fields of a body by name; others are ignored or errors. An absent field stays undefined. */
export function readDto<T extends object>(type: WireDto<T>, body: Record<string, unknown>, terms: ReadTerms): ReadDto<T> {
  const dto = new type() as T & Record<string, unknown>;
  for (const name in type.fields) {
    const value = body[name];
    if (value !== undefined && Object.hasOwn(body, name)) (dto as Record<string, unknown>)[name] = type.fields[name]!(value);
  }
  const errors: FieldErrors = {};
  checkDto(dto, '', errors);
  return { dto, errors: { ...errors, ...terms.errors, ...(terms.strict ? unknownFields(type, body) : {}) } };
}

/** Errors of the fields that a body has and nobody reads. */
export function unknownFields(
  { fields, readOnly }: Pick<WireDto<object>, 'fields' | 'readOnly'>,
  body: Record<string, unknown>,
): FieldErrors {
  const unknown = Object.keys(body).filter((name) => !Object.hasOwn(fields, name) && !readOnly.has(name));
  // From entries: a field can be named __proto__.
  return Object.fromEntries(unknown.map((name) => [name, ['is not a known field']]));
}
