import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import type { FieldErrors } from '#app/http';
import { readDto, type ItemDto, type ReadTerms } from '../wire/dto.js';
import { IfPresent, Must, Nullable, textRule } from '../wire/rules.js';
import { clearableTextIn, textIn } from '../wire/schemas.js';
import { text, type Normalizer } from '../wire/values.js';
import { TagNames, tagNames } from '../tags/tag-names.dto.js';
import type { CompanyPatch, NewCompany } from './company.patch.js';

const MAX_NOTES = 5_000;

const Text =
  (example: string, maxLength?: number): PropertyDecorator =>
  (target, name) => {
    ApiPropertyOptional(clearableTextIn(example, maxLength))(target, name);
    IfPresent()(target, name);
    Nullable()(target, name);
    Must('text', textRule(maxLength))(target, name);
  };

/** The names and rules that creation and update of a company share. Absent keeps a value, null clears it. */
abstract class CompanyDto {
  static readonly fields: Readonly<Record<string, Normalizer>> = {
    name: text,
    phone: text,
    address: text,
    address_line_2: text,
    city: text,
    state: text,
    postal_code: text,
    country: text,
    notes: text,
    tags: tagNames,
  };
  /** A company that was read may be sent back whole. */
  static readonly readOnly: ReadonlySet<string> = new Set(['id', 'status', 'full_address', 'created_at', 'updated_at']);

  abstract name?: string;
  @Text('+1 555 0100') phone?: string | null;
  @Text('1 Main Street') address?: string | null;
  @Text('Suite 5') address_line_2?: string | null;
  @Text('Springfield') city?: string | null;
  @Text('IL') state?: string | null;
  @Text('62701') postal_code?: string | null;
  @Text('US') country?: string | null;
  @Text('Pays late.', MAX_NOTES) notes?: string | null;
  @IfPresent() @TagNames({ description: 'Replaces the tags.' }) tags?: ItemDto<string>[];
}

/** The body of an update. */
@ApiSchema({ name: 'UpdateCompany', description: 'Fields to change.' })
export class UpdateCompanyDto extends CompanyDto {
  @ApiPropertyOptional(textIn('Acme Corp'))
  @IfPresent()
  @Must('name', (value, dto) => (value === null ? 'must not be empty' : textRule()(value, dto)))
  name?: string;
}

/** The body of a creation. */
@ApiSchema({ name: 'CreateCompany', description: 'A company to be.' })
export class CreateCompanyDto extends CompanyDto {
  @ApiProperty(textIn('Acme Corp'))
  @Must('name', (value, dto) => (value == null ? 'is required' : textRule()(value, dto)))
  name!: string;
}

/** Bodies for the document. */
export const COMPANY_EXAMPLES = { 'Name and address': { name: 'Acme Corp', city: 'Springfield', tags: ['wholesale'] } };

/** A body as far as its form goes; what is wrong with it is named in `errors`. */
export interface ReadCompany<Patch> {
  patch: Patch;
  errors: FieldErrors;
}

/** Reads the body of an update. */
export function readCompanyPatch(body: Record<string, unknown>, terms: ReadTerms): ReadCompany<CompanyPatch> {
  const { dto, errors } = readDto(UpdateCompanyDto, body, terms);
  return { patch: Object.keys(errors).length > 0 ? {} : toPatch(dto), errors };
}

/** Reads the body of a creation. */
export function readNewCompany(body: Record<string, unknown>, terms: ReadTerms): ReadCompany<NewCompany> {
  const { dto, errors } = readDto(CreateCompanyDto, body, terms);
  return { patch: { ...(Object.keys(errors).length > 0 ? {} : toPatch(dto)), name: dto.name }, errors };
}

/** The patch in the domain's names; absent fields stay absent. */
function toPatch({ address_line_2: addressLine2, postal_code: postalCode, tags, ...same }: CompanyDto): CompanyPatch {
  const patch = { ...same, addressLine2, postalCode, tags: tags?.map(({ item }) => item) };
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}
