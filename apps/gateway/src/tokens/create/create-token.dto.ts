import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { readRfc3339 } from '#app/contracts';
import type { FieldErrors } from '#app/http';
import { ValidateNested } from 'class-validator';
import { readDto, type ReadTerms } from '../../wire/dto.js';
import { ItemDto, listRule, MAX_ITEMS } from '../../wire/lists.js';
import { IfPresent, Must, Nullable, textRule, type Rule } from '../../wire/rules.js';
import { TIME_FORM } from '../../wire/times.js';
import { textIn } from '../../wire/schemas.js';
import { text, type Normalizer } from '../../wire/values.js';
import { SCOPES, type Scope } from '../../callers/api-token.scopes.js';
import type { NewToken } from './create-token.command.js';

const isScope = (value: unknown): value is Scope => SCOPES.includes(value as Scope);

class ScopeItem extends ItemDto {
  @Must('scope', (value, item) => {
    if (!isScope(value)) return `must be one of ${SCOPES.join(', ')}`;
    return (item as ScopeItem).isRepeated ? 'must not be repeated' : null;
  })
  declare readonly item: unknown;

  constructor(
    item: unknown,
    readonly isRepeated: boolean,
  ) {
    super(item);
  }
}

const scopeItems: Normalizer = (value) => {
  // A list that is too long stays as it is: that the caller lacks one of its scopes is said before that.
  if (!Array.isArray(value) || value.length > MAX_ITEMS) return value;
  const items = value.map(text);
  return items.map((item, index) => new ScopeItem(item, items.indexOf(item) < index));
};

const scopesRule: Rule = (value, dto) => (value == null ? 'is required' : listRule(1)(value, dto));

const futureRule: Rule = (value) => {
  const time = readRfc3339(value);
  if (time === null) return `must be ${TIME_FORM}`;
  return time.getTime() > Date.now() ? null : 'must be in the future';
};

/** The names and rules of a new token on the wire. */
@ApiSchema({ name: 'CreateToken', description: 'A token to be.' })
export class CreateTokenDto {
  static readonly readOnly: ReadonlySet<string> = new Set(['id', 'created_at', 'last_used_at', 'revoked_at', 'created_by']);
  static readonly fields: Readonly<Record<string, Normalizer>> = { name: text, scopes: scopeItems, expires_at: text };

  @ApiProperty({ ...textIn('ERP nightly import'), description: 'Says whose it is, in lists and logs.' })
  @Must('name', (value, dto) => (value == null ? 'is required' : textRule()(value, dto)))
  name?: string | null;

  @ApiProperty({
    type: 'array',
    items: { type: 'string', enum: [...SCOPES] },
    minItems: 1,
    maxItems: SCOPES.length,
    uniqueItems: true,
    description: 'None implies another.',
  })
  @ValidateNested({ each: true })
  @Must('scopes', scopesRule)
  scopes?: ScopeItem[];

  @ApiPropertyOptional({
    type: 'string',
    nullable: true,
    format: 'date-time',
    description: 'No later than the end of the token that makes it. Absent, null or empty: as that one, which may be never.',
  })
  @IfPresent()
  @Nullable()
  @Must('expires_at', futureRule)
  expires_at?: string | null;
}

/** Bodies for the document. */
export const TOKEN_EXAMPLES = {
  'For one job, until a day': {
    name: 'ERP nightly import',
    scopes: ['contacts:read', 'contacts:write'],
    expires_at: '2099-01-31T09:00:00Z',
  },
  'For good': { name: 'Event archive', scopes: ['events:read'] },
};

/**
 * Reads the body of a creation; `scopes` has the existing ones, whatever errors there are.
 * @param makerEndsAt in milliseconds since 1970
 */
export function readNewToken(
  body: Record<string, unknown>,
  terms: ReadTerms,
  makerEndsAt = Infinity,
): { token: NewToken; errors: FieldErrors } {
  const { dto, errors } = readDto(CreateTokenDto, body, terms);
  const items = Array.isArray(dto.scopes) ? dto.scopes.map((scope) => (scope instanceof ScopeItem ? scope.item : scope)) : [];
  const asked = readRfc3339(dto.expires_at);
  if (asked && asked.getTime() > makerEndsAt)
    errors['expires_at'] ??= ['must not be later than the end of the token that makes it'];
  const expiresAt = asked ?? (makerEndsAt === Infinity ? null : new Date(makerEndsAt));
  return { token: { name: dto.name ?? '', scopes: [...new Set(items)].filter(isScope), expiresAt }, errors };
}
