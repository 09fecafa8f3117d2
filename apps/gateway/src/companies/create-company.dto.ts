import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FieldErrors } from '@app/http';
import { readDto, type ReadTerms } from '../http/wire.dto.js';
import { IfPresent, Must, Nullable, textRule } from '../http/wire.rules.js';
import type { CompanyFields } from './company.patch.js';
import { text, type Normalizer } from '../http/wire.values.js';

const MAX_NOTES = 5_000;

const Text =
  (maxLength = 255): PropertyDecorator =>
  (target, name) => {
    ApiPropertyOptional({ type: String, nullable: true, maxLength })(target, name);
    IfPresent()(target, name);
    Nullable()(target, name);
    Must('text', textRule(maxLength))(target, name);
  };

/** The names and rules of a company on the wire. */
export class CreateCompanyDto {
  static readonly fields: Readonly<Record<string, Normalizer>> = Object.fromEntries(
    ['name', 'phone', 'address', 'address_line_2', 'city', 'state', 'postal_code', 'country', 'notes'].map((name) => [
      name,
      text,
    ]),
  );

  static readonly readOnly: ReadonlySet<string> = new Set(['id', 'status', 'full_address', 'tags', 'created_at', 'updated_at']);

  @ApiProperty({ type: String, maxLength: 255 })
  @Must('name', (value, dto) => (value == null ? 'is required' : textRule()(value, dto)))
  name!: string;
  @Text() phone?: string | null;
  @Text() address?: string | null;
  @Text() address_line_2?: string | null;
  @Text() city?: string | null;
  @Text() state?: string | null;
  @Text() postal_code?: string | null;
  @Text() country?: string | null;
  @Text(MAX_NOTES) notes?: string | null;
}

/** The fields in the domain's names; absent ones stay absent. */
export function toCompanyFields({
  address_line_2: addressLine2,
  postal_code: postalCode,
  ...same
}: CreateCompanyDto): CompanyFields {
  const fields = { ...same, addressLine2, postalCode };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as CompanyFields;
}

/** Reads the body of a creation. */
export const readNewCompany = (body: Record<string, unknown>, terms: ReadTerms): { dto: CreateCompanyDto; errors: FieldErrors } =>
  readDto(CreateCompanyDto, body, terms);
