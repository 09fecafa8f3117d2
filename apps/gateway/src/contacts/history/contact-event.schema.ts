import { EVENTS, PORTAL_LOGIN_CHANGES } from '#app/contracts';
import Type from 'typebox';
import { mapOf, nullable, time } from '../../wire/schemas.js';

const fieldChanges = mapOf(
  Type.Object({ old: Type.Unknown(), new: Type.Unknown() }, { title: 'FieldChange', description: 'A value before and after.' }),
);

/** An event of a contact's history. */
export const ContactEventSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'Id of the event; the topics have the same.' }),
    type: Type.Enum(Object.keys(EVENTS), { type: 'string', description: 'Name of the event.' }),
    version: Type.Integer({ minimum: 1, description: 'Version after the change: of the contact, or of the login.' }),
    created_at: time('When the change was made, UTC.'),
    request_id: Type.String({ description: 'The request that led to it.', examples: ['order-4711'] }),
    token_name: nullable(Type.String(), 'Name of the token that asked for it.', 'ERP nightly import'),
    changes: Type.Union([fieldChanges, Type.Array(Type.Enum([...PORTAL_LOGIN_CHANGES], { type: 'string' }))], {
      description: 'Each field that changed, with its value before and after; of a login the kinds of change alone.',
      examples: [{ email: { old: 'john@acme.example', new: 'john.smith@acme.example' } }, ['email']],
    }),
  },
  { title: 'ContactEvent', description: "A change in a contact's history." },
);
