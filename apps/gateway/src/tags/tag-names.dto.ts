import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateNested } from 'class-validator';
import type { Field } from '../wire/fields.js';
import { ItemDto, items, listRule, MAX_ITEMS } from '../wire/lists.js';
import { IfPresent, Must, textRule } from '../wire/rules.js';
import { textIn } from '../wire/schemas.js';
import { text, type Normalizer } from '../wire/values.js';

class TagItem extends ItemDto {
  @Must('tag', (value, dto) => (value === null ? 'must not be empty' : textRule()(value, dto)))
  declare readonly item: unknown;
}

/** A tag by its name, or as the object of answers. */
const tagName: Normalizer = (value) => {
  const isTag = typeof value === 'object' && value !== null && Object.hasOwn(value, 'name');
  return text(isTag ? (value as { name: unknown }).name : value);
};

// A tag of an answer may be sent back.
const { examples: _, ...nameIn } = textIn('sales');
const tagIn = { anyOf: [nameIn, { type: 'object', properties: { name: nameIn }, required: ['name'] }] };

/** The tags of a request, each an item of its own. */
export const tagNames = items(TagItem, tagName);

interface TagNamesOptions {
  description: string;
  required?: boolean;
}

/** A field of tag names. An optional one also needs `@IfPresent()`. */
export const TagNames =
  ({ description, required = false }: TagNamesOptions): PropertyDecorator =>
  (target, name) => {
    const documented = required ? ApiProperty : ApiPropertyOptional;
    documented({ type: 'array', items: tagIn, maxItems: MAX_ITEMS, description })(target, name);
    ValidateNested({ each: true })(target, name);
    Must('tags', (value, dto) => (value === undefined ? 'is required' : listRule(0)(value, dto)))(target, name);
  };

/** A field of tag names, as a row of a table of fields. */
export const tagList = ({ description }: Pick<TagNamesOptions, 'description'>): Field<string[], 'list'> => ({
  kind: 'list',
  normalize: tagNames,
  decorators: [IfPresent(), TagNames({ description })],
  read: (tags: ItemDto<string>[]) => tags.map(({ item }) => item),
});
