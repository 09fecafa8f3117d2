import Type from 'typebox';
import { mapOf } from '../../wire/schemas.js';
import { codesOf } from '../../wire/error-codes.js';
import { previewedEvents } from '../../writes/event-preview.js';
import { ContactSchema, PreviewedContactSchema } from '../contact.answer.js';

const done = {
  status: Type.Literal(200),
  portal_login_version: Type.Optional(
    Type.Integer({ minimum: 1, description: "The portal login's version after the write, where there is or was one." }),
  ),
};

const errorStatuses = [404, 409, 412, 422, 503];

/** An item that failed: an error with its status. */
const refused = Type.Object(
  {
    status: Type.Enum(errorStatuses, { type: 'integer' }),
    message: Type.String({ examples: ['Contact not found.'] }),
    code: Type.Enum(errorStatuses.flatMap(codesOf), { type: 'string' }),
    errors: Type.Optional(mapOf(Type.Array(Type.String()))),
    retry_after: Type.Optional(Type.Integer({ minimum: 1, description: 'Seconds after which the item can succeed.' })),
  },
  { title: 'RefusedItem' },
);

/** The answer of a batch: one result for each item. */
export const BatchAnswerSchema = Type.Object(
  {
    data: Type.Array(
      Type.Union([
        Type.Object({ ...done, data: ContactSchema }, { title: 'UpdatedItem' }),
        Type.Object({ ...done, data: PreviewedContactSchema, events: previewedEvents }, { title: 'PreviewedItem' }),
        refused,
      ]),
    ),
  },
  { title: 'BatchAnswer', description: 'What became of each item, in their order.' },
);
