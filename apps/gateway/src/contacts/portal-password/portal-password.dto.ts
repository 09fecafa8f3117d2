import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { readDto, type ReadTerms } from '../../wire/dto.js';
import { Must } from '../../wire/rules.js';
import { verbatim, type Normalizer } from '../../wire/values.js';
import { passwordIn, passwordRule } from '../password.rules.js';
import type { ReadPatch } from '../update/update-contact.dto.js';

/** The body that sets a portal password. */
@ApiSchema({ name: 'PortalPassword', description: 'The password to be.' })
export class PortalPasswordDto {
  static readonly fields: Readonly<Record<string, Normalizer>> = { password: verbatim };
  static readonly readOnly: ReadonlySet<string> = new Set();

  @ApiProperty(passwordIn)
  @Must('password', (value, dto) => (value === undefined ? 'is required' : passwordRule(value, dto)))
  password!: string;
}

/** Bodies for the document. */
export const PASSWORD_EXAMPLES = { 'A new password': { password: 'correct horse battery' } };

/** Reads the body that sets a portal password: a patch with only the password. */
export function readPortalPassword(body: Record<string, unknown>, terms: ReadTerms): ReadPatch {
  const { dto, errors } = readDto(PortalPasswordDto, body, terms);
  return { patch: Object.hasOwn(errors, 'password') ? {} : { password: dto.password }, errors };
}
