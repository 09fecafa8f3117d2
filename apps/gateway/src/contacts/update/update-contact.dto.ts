import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { CONTACT_FIELDS } from '#app/contracts';
import { PASSWORD_LENGTH, passwordDefect } from '#app/credentials';
import { ValidateNested } from 'class-validator';
import { ItemDto, readDto, type ReadTerms } from '../../wire/dto.js';
import { items, listRule, MAX_ITEMS } from '../../wire/lists.js';
import {
  booleanRule,
  emailRule,
  IfPresent,
  integerRule,
  MAX_TEXT,
  Must,
  Nullable,
  textRule,
  type Rule,
} from '../../wire/rules.js';
import { clearableIn, clearableTextIn, flagIn, idIn } from '../../wire/schemas.js';
import { boolean, integer, text, verbatim, type Normalizer } from '../../wire/values.js';
import { TagNames, tagNames } from '../../tags/tag-names.dto.js';
import type { FieldErrors } from '#app/http';
import type { ContactPatch } from '../contact.patch.js';

class CompanyIdItem extends ItemDto {
  @Must('integer', integerRule)
  declare readonly item: unknown;
}

const companyIdsRule: Rule = (value, dto) => {
  const defect = listRule(1)(value, dto);
  if (defect) return defect;
  if ((dto as UpdateContactDto).company_id !== undefined) return 'must not be given together with company_id';
  const ids = (value as ItemDto[]).map(({ item }) => item);
  return new Set(ids).size === ids.length ? null : 'must not repeat a company';
};

/** A password that may be set, as a JSON Schema says it. */
export const passwordIn = {
  type: 'string' as const,
  minLength: PASSWORD_LENGTH.min,
  maxLength: PASSWORD_LENGTH.max,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
  writeOnly: true,
  examples: ['correct horse battery'],
};

/** A password that may be set. */
export const passwordRule: Rule = (value) => (typeof value === 'string' ? passwordDefect(value) : 'must be a string');

const Text =
  (example: string): PropertyDecorator =>
  (target, name) => {
    ApiPropertyOptional(clearableTextIn(example))(target, name);
    IfPresent()(target, name);
    Nullable()(target, name);
    Must('text', textRule())(target, name);
  };

const Flag = (): PropertyDecorator => (target, name) => {
  ApiPropertyOptional({ ...flagIn, description: 'Of the companies that the request names, else of the main one.' })(target, name);
  IfPresent()(target, name);
  Must('boolean', booleanRule)(target, name);
};

/** The names and rules of an update on the wire. Absent keeps a value, null clears it. */
@ApiSchema({
  name: 'UpdateContact',
  description: 'Fields to change. Others are ignored, so a contact that was read may be sent back whole.',
})
export class UpdateContactDto {
  static readonly fields: Readonly<Record<string, Normalizer>> = {
    first_name: text,
    last_name: text,
    email: text,
    phone_1: text,
    phone_2: text,
    receiving_bank_name: text,
    receiving_bank_address: text,
    company_id: integer,
    company_ids: items(CompanyIdItem, integer),
    is_primary: boolean,
    receive_quotation_pdf: boolean,
    receive_purchase_order_pdf: boolean,
    receive_purchase_order_invoice_pdf: boolean,
    tags: tagNames,
    password: verbatim,
  };
  /** A contact that was read may be sent back whole. */
  static readonly readOnly: ReadonlySet<string> = new Set(CONTACT_FIELDS);

  @Text('John') first_name?: string | null;
  @Text('Smith') last_name?: string | null;
  @ApiPropertyOptional({ ...clearableIn({ format: 'email', maxLength: MAX_TEXT }), examples: ['john.smith@acme.example'] })
  @IfPresent()
  @Nullable()
  @Must('email', emailRule)
  email?: string | null;
  @Text('+1 555 0100') phone_1?: string | null;
  @Text('+1 555 0101') phone_2?: string | null;
  @Text('First Bank') receiving_bank_name?: string | null;
  @Text('1 Main Street, Springfield') receiving_bank_address?: string | null;

  @ApiPropertyOptional({ ...idIn, description: 'Moves the contact to this one company. Not together with `company_ids`.' })
  @IfPresent()
  @Must('integer', integerRule)
  company_id?: number;

  @ApiPropertyOptional({
    type: 'array',
    items: idIn,
    minItems: 1,
    maxItems: MAX_ITEMS,
    uniqueItems: true,
    description: 'Replaces the companies; the first is the main one.',
  })
  @IfPresent()
  @ValidateNested({ each: true })
  @Must('company_ids', companyIdsRule)
  company_ids?: ItemDto<number>[];

  @Flag() is_primary?: boolean;
  @Flag() receive_quotation_pdf?: boolean;
  @Flag() receive_purchase_order_pdf?: boolean;
  @Flag() receive_purchase_order_invoice_pdf?: boolean;

  @IfPresent()
  @TagNames({ description: 'Replaces the tags.' })
  tags?: ItemDto<string>[];

  @ApiPropertyOptional({ ...passwordIn, description: 'Makes the portal login, or replaces its password.' })
  @IfPresent()
  @Must('password', passwordRule)
  password?: string;
}

/** Bodies for the document. */
export const UPDATE_EXAMPLES = {
  'Some fields': { phone_1: '+1 555 0100', tags: ['vip', 'sales'] },
  'A field cleared': { phone_2: null },
  'Email and portal password': { email: 'john.smith@acme.example', password: 'correct horse battery' },
};

/** A patch as far as its form goes: fields with a format error are left out and named in `errors`. */
export interface ReadPatch {
  patch: ContactPatch;
  errors: FieldErrors;
}

/** Reads the body of an update. */
export function readContactPatch(body: Record<string, unknown>, terms: ReadTerms): ReadPatch {
  const { dto, errors } = readDto(UpdateContactDto, body, terms);
  const failed = new Set(Object.keys(errors).map((path) => path.split('.', 1)[0]));
  for (const name of failed) delete dto[name as keyof UpdateContactDto];
  return { patch: toPatch(dto), errors };
}

/** The patch in the domain's names; absent fields stay absent. */
export function toPatch(dto: UpdateContactDto): ContactPatch {
  const patch = {
    firstName: dto.first_name,
    lastName: dto.last_name,
    email: dto.email,
    phone1: dto.phone_1,
    phone2: dto.phone_2,
    receivingBankName: dto.receiving_bank_name,
    receivingBankAddress: dto.receiving_bank_address,
    companyId: dto.company_id,
    companyIds: dto.company_ids?.map(({ item }) => item),
    isPrimary: dto.is_primary,
    receiveQuotationPdf: dto.receive_quotation_pdf,
    receivePurchaseOrderPdf: dto.receive_purchase_order_pdf,
    receivePurchaseOrderInvoicePdf: dto.receive_purchase_order_invoice_pdf,
    tags: dto.tags?.map(({ item }) => item),
    password: dto.password,
  };
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
