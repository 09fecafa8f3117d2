import { ApiSchema } from '@nestjs/swagger';
import type { FieldErrors } from '#app/http';
import { readDto, type ReadTerms } from '../../wire/dto.js';
import { validItems, type ItemDto } from '../../wire/lists.js';
import type { Normalizer } from '../../wire/values.js';
import { TagNames, tagNames } from '../../tags/tag-names.dto.js';

/** The body that names tags of a company. */
@ApiSchema({ name: 'CompanyTags', description: 'Tags by their names.' })
export class CompanyTagsDto {
  static readonly fields: Readonly<Record<string, Normalizer>> = { tags: tagNames };
  /** An answer may be sent back unchanged. */
  static readonly readOnly: ReadonlySet<string> = new Set(['message', 'data']);

  @TagNames({ description: 'Names, matched without case.', required: true })
  tags!: ItemDto<string>[];
}

/** Bodies for the document. */
export const TAGS_EXAMPLES = { 'Two tags': { tags: ['sales', 'vip'] } };

/** Reads the tag names of a request; malformed ones are left out and named in `errors`. */
export function readTagNames(body: Record<string, unknown>, terms: ReadTerms): { names: string[]; errors: FieldErrors } {
  const { dto, errors } = readDto(CompanyTagsDto, body, terms);
  const names = Object.hasOwn(errors, 'tags') ? [] : dto.tags.map(({ item }) => item);
  return { names: validItems(names, 'tags', errors), errors };
}
