import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FieldErrors } from '@app/http';
import { readDto } from '../http/wire.dto.js';
import { IfPresent, Must, Nullable, textRule } from '../http/wire.rules.js';
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

/** Reads the body of a creation. */
export const readNewCompany = (body: Record<string, unknown>): { dto: CreateCompanyDto; errors: FieldErrors } =>
  readDto(CreateCompanyDto, body);
