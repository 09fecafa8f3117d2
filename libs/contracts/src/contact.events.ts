import Type, { type Static } from 'typebox';
import { EXAMPLE_CONTACT } from './contact.example.js';
import { ContactSchema, type ContactField, type ContactSnapshot } from './contact.schema.js';

const contactId = Type.Integer({ minimum: 1, description: 'Contact id; also the record key.', examples: [123] });
const version = Type.Integer({
  minimum: 1,
  description: 'Version of the contact after the change: 1, 2, 3 … without a hole.',
  examples: [7],
});

const wholeContact = {
  ...ContactSchema,
  description: 'The whole contact after the change; company names are those of the moment.',
  examples: [EXAMPLE_CONTACT],
};

export const ContactCreatedSchema = Type.Object(
  {
    contact_id: contactId,
    version,
    changed: Type.Array(Type.String(), {
      description: 'Every top-level name of `contact` but `version` and `updated_at`; may gain values.',
      examples: [['id', 'created_at', 'status', 'first_name']],
    }),
    contact: wholeContact,
  },
  { $id: 'urn:contact-sync:schemas:ContactCreated:v1', title: 'ContactCreated', description: 'A contact was created.' },
);

export const ContactUpdatedSchema = Type.Object(
  {
    contact_id: contactId,
    version,
    changed: Type.Array(Type.String(), {
      minItems: 1,
      description:
        'Every top-level name of `contact` whose value this transaction changed, derived ones too; `version` and `updated_at` never. May gain values.',
      examples: [['email', 'has_portal_login']],
    }),
    before: Type.Record(Type.String(), Type.Unknown(), {
      description: 'The former values of exactly the changed names, in the form they have in `contact`.',
      examples: [{ email: 'john@acme.example', has_portal_login: false }],
    }),
    contact: wholeContact,
  },
  {
    $id: 'urn:contact-sync:schemas:ContactUpdated:v1',
    title: 'ContactUpdated',
    description: 'One transaction changed a contact.',
  },
);

export const ContactDeletedSchema = Type.Object(
  {
    contact_id: contactId,
    version,
    company_ids: Type.Array(Type.Integer(), {
      description: 'Companies that the contact belonged to, the main one first.',
      examples: [[123456]],
    }),
  },
  {
    $id: 'urn:contact-sync:schemas:ContactDeleted:v1',
    title: 'ContactDeleted',
    description: 'A contact was deleted; no personal data outlives it here.',
  },
);

/** Data of a `ContactCreated` event. */
export type ContactCreated = Omit<Static<typeof ContactCreatedSchema>, 'changed'> & { changed: ContactField[] };
/** Data of a `ContactUpdated` event. */
export type ContactUpdated = Omit<Static<typeof ContactUpdatedSchema>, 'changed' | 'before'> & {
  changed: ContactField[];
  before: Partial<ContactSnapshot>;
};
/** Data of a `ContactDeleted` event. */
export type ContactDeleted = Static<typeof ContactDeletedSchema>;
