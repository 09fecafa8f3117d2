import { TagSchema } from '#app/contracts';
import Type, { type Static } from 'typebox';
import { answered } from '../../wire/answered.js';

const tags = Type.Array(answered(TagSchema), { description: 'Sorted by name without case, then by id.', examples: [[]] });

/** The same list twice: existing clients read either. */
export const TagsAnswerSchema = Type.Object(
  { message: Type.String({ examples: ['Tags added.'] }), tags, data: tags },
  { title: 'TagsAnswer', description: 'The tags of a company; the same list twice, as existing clients read either.' },
);
export type TagsAnswer = Static<typeof TagsAnswerSchema>;
