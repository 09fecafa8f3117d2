import { ApiProperty } from '@nestjs/swagger';
import { readDto, type ReadTerms } from '../../http/wire.dto.js';
import { Must } from '../../http/wire.rules.js';
import { verbatim, type Normalizer } from '../../http/wire.values.js';
import { passwordRule, type ReadPatch } from '../update-contact/update-contact.dto.js';

/** The body that sets a portal password. */
export class PortalPasswordDto {
  static readonly fields: Readonly<Record<string, Normalizer>> = { password: verbatim };
  static readonly readOnly: ReadonlySet<string> = new Set();

  @ApiProperty({ type: String, minLength: 8, maxLength: 255, writeOnly: true })
  @Must('password', (value, dto) => (value === undefined ? 'is required' : passwordRule(value, dto)))
  password!: string;
}

/** Reads the body that sets a portal password: a patch of the password alone. */
export function readPortalPassword(body: Record<string, unknown>, terms: ReadTerms): ReadPatch {
  const { dto, errors } = readDto(PortalPasswordDto, body, terms);
  return { patch: Object.hasOwn(errors, 'password') ? {} : { password: dto.password }, errors };
}
