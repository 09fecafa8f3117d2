import { EVENTS, PORTAL_LOGIN_CHANGES } from '#app/contracts';
import Type, { type TSchema } from 'typebox';
import { mapOf, nullable, time } from '../../wire/schemas.js';

const OF_LOGIN = 'PortalLoginChanged';

const fieldChanges = mapOf(
  Type.Object({ old: Type.Unknown(), new: Type.Unknown() }, { title: 'FieldChange', description: 'A value before and after.' }),
  {
    description: 'Each field that changed, with its value before and after.',
    examples: [{ email: { old: 'john@acme.example', new: 'john.smith@acme.example' } }],
  },
);
const loginChanges = Type.Array(Type.Enum([...PORTAL_LOGIN_CHANGES], { type: 'string' }), {
  description: 'The kinds of change; no value.',
  examples: [['email']],
});

const eventOf = (title: string, types: string[], changes: TSchema) =>
  Type.Object(
    {
      id: Type.String({ format: 'uuid', description: 'Id of the event; the topics have the same.' }),
      type: Type.Enum(types, { type: 'string', description: 'Name of the event.' }),
      version: Type.Integer({ minimum: 1, description: 'Version after the change: of the contact, or of the login.' }),
      created_at: time('When the change was made, UTC.'),
      request_id: Type.String({ description: 'The request that led to it.', examples: ['order-4711'] }),
      token_name: nullable(Type.String(), 'Name of the token that asked for it.', 'ERP nightly import'),
      changes,
    },
    { title, description: "A change in a contact's history." },
  );

/** An event of a contact's history. Two schemas, each with one type of changes: generators have a class for each. */
export const ContactEventSchema = Type.Union(
  [
    eventOf(
      'ContactChanged',
      Object.keys(EVENTS).filter((type) => type !== OF_LOGIN),
      fieldChanges,
    ),
    eventOf('LoginChanged', [OF_LOGIN], loginChanges),
  ],
  { title: 'ContactEvent', description: "A change in a contact's history: of the contact, or of its login." },
);
