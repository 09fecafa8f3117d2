import { validateSync, type ValidationError } from 'class-validator';
import type { FieldErrors } from '#app/http';
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
  for (const [name, normalize] of Object.entries(type.fields)) {
    if (Object.hasOwn(body, name) && body[name] !== undefined) (dto as Record<string, unknown>)[name] = normalize(body[name]);
  }
  const errors: FieldErrors = {};
  collect(validateSync(dto, { validationError: { target: false, value: false } }), '', errors);
  return { dto, errors: { ...errors, ...terms.errors, ...(terms.strict ? unknownFields(type, body) : {}) } };
}

function unknownFields({ fields, readOnly }: WireDto<object>, body: Record<string, unknown>): FieldErrors {
  const unknown = Object.keys(body).filter((name) => !Object.hasOwn(fields, name) && !readOnly.has(name));
  // From entries: a field can be named __proto__.
  return Object.fromEntries(unknown.map((name) => [name, ['is not a known field']]));
}

/** Items of a list are objects of one field, so that each error carries its index: `tags.1`. */
export class ItemDto<T = unknown> {
  constructor(readonly item: T) {}
}

function collect(found: ValidationError[], parent: string, errors: FieldErrors): void {
  for (const { property, constraints, children } of found) {
    const path = property === 'item' ? parent : parent ? `${parent}.${property}` : property;
    // A list's own rule reports that it is no list.
    const { nestedValidation: _, ...named } = constraints ?? {};
    if (Object.keys(named).length > 0) (errors[path] ??= []).push(...Object.values(named));
    if (children?.length) collect(children, path, errors);
  }
}
