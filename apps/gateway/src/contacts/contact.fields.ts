import { ApiPropertyOptional } from '@nestjs/swagger';
import { CONTACT_FIELDS } from '#app/contracts';
import { ValidateNested } from 'class-validator';
import { tagList } from '../tags/tag-names.dto.js';
import { dtoOf, email, flag, namesOfKind, propertyOf, reference, text, type Field } from '../wire/fields.js';
import { ItemDto, items, listRule, MAX_ITEMS } from '../wire/lists.js';
import { IfPresent, integerRule, Must, type Rule } from '../wire/rules.js';
import { idIn } from '../wire/schemas.js';
import { integer, verbatim } from '../wire/values.js';
import { passwordIn, passwordRule } from './password.rules.js';

class CompanyIdItem extends ItemDto {
  @Must('integer', integerRule)
  declare readonly item: unknown;
}

const companyIdsRule: Rule = (value, dto) => {
  const defect = listRule(1)(value, dto);
  if (defect) return defect;
  if ((dto as { company_id?: unknown }).company_id !== undefined) return 'must not be given together with company_id';
  const ids = (value as ItemDto[]).map(({ item }) => item);
  return new Set(ids).size === ids.length ? null : 'must not repeat a company';
};

const companyIds: Field<number[], 'list'> = {
  kind: 'list',
  normalize: items(CompanyIdItem, integer),
  decorators: [
    ApiPropertyOptional({
      type: 'array',
      items: idIn,
      minItems: 1,
      maxItems: MAX_ITEMS,
      uniqueItems: true,
      description: 'Replaces the companies; the first is the main one.',
    }),
    IfPresent(),
    ValidateNested({ each: true }),
    Must('company_ids', companyIdsRule),
  ],
  read: (ids: ItemDto<number>[]) => ids.map(({ item }) => item),
};

const password: Field<string, 'secret'> = {
  kind: 'secret',
  normalize: verbatim,
  decorators: [
    ApiPropertyOptional({ ...passwordIn, description: 'Makes the portal login, or replaces its password.' }),
    IfPresent(),
    Must('password', passwordRule),
  ],
  read: (given: string) => given,
};

const membershipFlag = () => flag({ description: 'Of the companies that the request names, else of the main one.' });

/** The writable fields of a contact, by wire name. A new field is a row here, a column, and a property of the contract. */
export const CONTACT_BODY_FIELDS = {
  first_name: text({ example: 'John' }),
  last_name: text({ example: 'Smith' }),
  email: email({ example: 'john.smith@acme.example' }),
  phone_1: text({ example: '+1 555 0100' }),
  phone_2: text({ example: '+1 555 0101' }),
  receiving_bank_name: text({ example: 'First Bank' }),
  receiving_bank_address: text({ example: '1 Main Street, Springfield' }),
  company_id: reference({ description: 'Moves the contact to this one company. Not together with `company_ids`.' }),
  company_ids: companyIds,
  is_primary: membershipFlag(),
  receive_quotation_pdf: membershipFlag(),
  receive_purchase_order_pdf: membershipFlag(),
  receive_purchase_order_invoice_pdf: membershipFlag(),
  tags: tagList({ description: 'Replaces the tags.' }),
  password,
};

/** The columns of the plain texts, each with its property in the domain. */
export const TEXT_COLUMNS = namesOfKind(CONTACT_BODY_FIELDS, 'text').map((column) => ({ column, property: propertyOf(column) }));

/** The names and rules of a contact's body. A contact that was read may be sent back unchanged. */
export const ContactBodyDto = dtoOf(CONTACT_BODY_FIELDS, CONTACT_FIELDS);
