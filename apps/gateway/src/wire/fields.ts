import { ApiPropertyOptional } from '@nestjs/swagger';
import type { FieldErrors } from '#app/http';
import { readDto, type ReadTerms, type WireDto } from './dto.js';
import { hasItems, validItems } from './lists.js';
import { booleanRule, emailRule, IfPresent, integerRule, MAX_TEXT, Must, Nullable, textRule } from './rules.js';
import { clearableIn, clearableTextIn, FLAG_WORDS, flagIn, idIn, textIn } from './schemas.js';
import { boolean, integer, text as textValue, type Normalizer } from './values.js';

/** The kind of a field. A `text` is a plain column: snapshots and lists show it as stored. */
type FieldKind = 'text' | 'flag' | 'reference' | 'list' | 'secret';

/** A field of a request's body, in one row: how its value is read, checked, documented and named. */
export interface Field<Value, Kind extends FieldKind = FieldKind> {
  kind: Kind;
  /** Converts the wire value to the form that the rules check. */
  normalize: Normalizer;
  /** The rules of class-validator, and the property of the document. */
  decorators: readonly PropertyDecorator[];
  /** Converts the checked value to the form of a patch. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what the rules of the row let pass
  read: (judged: any) => Value;
}

/** The fields of a body by wire name. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** `phone_1` is `phone1` in the domain, `receiving_bank_name` is `receivingBankName`. */
export type PropertyName<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<PropertyName<Rest>>}`
  : Name;

/** A request's patch, in the domain's names. An absent field is an absent property. */
export type PatchOf<F extends Fields> = {
  -readonly [Name in keyof F & string as PropertyName<Name>]?: F[Name] extends Field<infer Value> ? Value : never;
};

/** The values of a body by wire name, before the rules check them. */
type Dto<F extends Fields> = { [Name in keyof F]?: unknown };

/** Wire names of the fields of one kind. */
export type NamesOfKind<F extends Fields, Kind extends FieldKind> = {
  [Name in keyof F & string]: F[Name] extends Field<unknown, Kind> ? Name : never;
}[keyof F & string];

/** A patch, checked for form: fields and items of lists with a format error are left out and named in `errors`. */
export interface ReadBody<F extends Fields> {
  patch: PatchOf<F>;
  errors: FieldErrors;
}

/** The domain's name of a field. */
export const propertyOf = <Name extends string>(name: Name): PropertyName<Name> =>
  name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as PropertyName<Name>;

/** Wire names of the fields of one kind, in the order of the table. */
export const namesOfKind = <F extends Fields, Kind extends FieldKind>(fields: F, kind: Kind): NamesOfKind<F, Kind>[] =>
  Object.keys(fields).filter((name) => fields[name]!.kind === kind) as NamesOfKind<F, Kind>[];

/** The DTO class of a table of fields. */
interface FieldsDto<F extends Fields> extends WireDto<Dto<F>> {
  readonly rows: ReadonlyMap<string, { property: string; read: (judged: unknown) => unknown }>;
}

/**
 * The DTO class of a table of fields, with each row's rules and documentation.
 * @param readOnly fields that answers show and a body may repeat without effect
 */
export function dtoOf<F extends Fields>(fields: F, readOnly: Iterable<string>): FieldsDto<F> {
  class RowsDto {
    static readonly rows = new Map(
      Object.entries(fields).map(([name, { read }]) => [name, { property: propertyOf(name), read }]),
    );
    static readonly fields = Object.fromEntries(Object.entries(fields).map(([name, { normalize }]) => [name, normalize]));
    static readonly readOnly: ReadonlySet<string> = new Set(readOnly);
  }
  for (const [name, { decorators }] of Object.entries(fields)) {
    // The metadata that the compiler emits for a declared property; without it the document's maker reports a circular dependency.
    Reflect.defineMetadata('design:type', Object, RowsDto.prototype, name);
    for (const decorate of decorators) decorate(RowsDto.prototype, name);
  }
  return RowsDto;
}

/** Reads a body as its DTO, and the valid fields as a patch. Valid items of a list are there even if the list as a whole has an error. */
export function readBody<F extends Fields>(dtoClass: FieldsDto<F>, body: Record<string, unknown>, terms: ReadTerms): ReadBody<F> {
  const { dto, errors } = readDto(dtoClass, body, terms);
  const isValid = Object.keys(errors).length === 0;
  const patch: Record<string, unknown> = {};
  // The fields that the body has, in the order of the table.
  for (const name of Object.keys(dto)) {
    if (Object.hasOwn(errors, name) && !hasItems(dto[name])) continue;
    const { property, read } = dtoClass.rows.get(name)!;
    const value = read(dto[name]);
    patch[property] = isValid || !Array.isArray(value) ? value : validItems(value, name, errors);
  }
  return { patch: patch as PatchOf<F>, errors };
}

interface TextTraits {
  example: string;
  /** In code points. */
  maxLength?: number;
  description?: string;
}

const asJudged = <Value>(judged: Value): Value => judged;

/** A text; null or an empty string clears it. */
export const text = ({ example, maxLength = MAX_TEXT, ...documented }: TextTraits): Field<string | null, 'text'> => ({
  kind: 'text',
  normalize: textValue,
  decorators: [
    ApiPropertyOptional({ ...clearableTextIn(example, maxLength), ...documented }),
    IfPresent(),
    Nullable(),
    Must('text', textRule(maxLength)),
  ],
  read: asJudged<string | null>,
});

/** A text that can be replaced, not cleared. */
export const requiredText = ({ example, maxLength = MAX_TEXT, ...documented }: TextTraits): Field<string, 'text'> => ({
  kind: 'text',
  normalize: textValue,
  decorators: [
    ApiPropertyOptional({ ...textIn(example, maxLength), ...documented }),
    IfPresent(),
    Must('text', (value, dto) => (value === null ? 'must not be empty' : textRule(maxLength)(value, dto))),
  ],
  read: asJudged<string>,
});

/** An email address; null or an empty string clears it. */
export const email = ({ example, ...documented }: Omit<TextTraits, 'maxLength'>): Field<string | null, 'text'> => ({
  kind: 'text',
  normalize: textValue,
  decorators: [
    ApiPropertyOptional({ ...clearableIn({ format: 'email', maxLength: MAX_TEXT }), examples: [example], ...documented }),
    IfPresent(),
    Nullable(),
    Must('email', emailRule),
  ],
  read: asJudged<string | null>,
});

export const flag = (documented: { description?: string } = {}): Field<boolean, 'flag'> => ({
  kind: 'flag',
  normalize: boolean,
  decorators: [
    ApiPropertyOptional({ ...flagIn, description: [documented.description, FLAG_WORDS].filter(Boolean).join(' ') }),
    IfPresent(),
    Must('boolean', booleanRule),
  ],
  read: asJudged<boolean>,
});

/** The id of another resource. */
export const reference = (documented: { description: string }): Field<number, 'reference'> => ({
  kind: 'reference',
  normalize: integer,
  decorators: [ApiPropertyOptional({ ...idIn, ...documented }), IfPresent(), Must('integer', integerRule)],
  read: asJudged<number>,
});
