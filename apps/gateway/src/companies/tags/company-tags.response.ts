import { TagSchema } from '#app/contracts';
import Type, { type Static } from 'typebox';
import { PREVIEWED_TAGS } from '../../tags/tag.response.js';
import { answered } from '../../wire/answered.js';
import { previewedEvents, type EventPreview } from '../../writes/event-preview.js';

const tags = Type.Array(answered(TagSchema), { description: 'Sorted by name without case, then by id.', examples: [[]] });

const message = Type.String({ examples: ['Tags added.'] });

/** The same list under two names: existing clients read either. */
export const TagsAnswerSchema = Type.Object(
  { message, tags, data: tags },
  { title: 'TagsAnswer', description: 'The tags of a company; the same list twice, as existing clients read either.' },
);

/** The body that a change of tags answers. */
export const WrittenTagsSchema = Type.Union(
  [
    TagsAnswerSchema,
    Type.Object(
      { message, tags: PREVIEWED_TAGS, data: PREVIEWED_TAGS, events: previewedEvents },
      { title: 'TagsPreview', description: 'What a dry run answers: nothing was stored.' },
    ),
  ],
  { title: 'WrittenTags', description: 'The tags; of a dry run those that would be, and the events that would follow.' },
);

/** The tags of a company as an answer's body. */
export type TagsAnswer = Static<typeof TagsAnswerSchema> & { events?: EventPreview[] };
