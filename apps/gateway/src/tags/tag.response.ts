import { TagSchema } from '#app/contracts';
import Type from 'typebox';
import { answered } from '../wire/answered.js';
import { nullable } from '../wire/schemas.js';

/** A value that exists only after the write. */
export const notYet = (schema: Parameters<typeof nullable>[0], what: string) =>
  nullable(schema, `${what}; null where it is not given yet.`);

/** Tags as a dry run shows them. */
export const PREVIEWED_TAGS = Type.Array(
  Type.Object({ ...answered(TagSchema).properties, id: notYet(TagSchema.properties.id, 'Tag id') }, { title: 'PreviewedTag' }),
  { description: 'Sorted by name without case, then by id.', examples: [[]] },
);
