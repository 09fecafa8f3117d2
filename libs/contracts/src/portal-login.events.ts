import Type, { type Static } from 'typebox';

/** Kinds of changes of a login. Readers accept unknown values, since v1 may add more. */
export const PORTAL_LOGIN_CHANGES = ['created', 'email', 'password', 'removed'] as const;
export type PortalLoginChange = (typeof PORTAL_LOGIN_CHANGES)[number];

export const PortalLoginChangedSchema = Type.Object(
  {
    contact_id: Type.Integer({ minimum: 1, description: 'Contact id; also the record key.', examples: [123] }),
    version: Type.Integer({
      minimum: 1,
      description: "The login's own version: 1, 2, 3 … without a hole; a login made again goes on from its removal.",
      examples: [3],
    }),
    position: Type.Integer({
      minimum: 1,
      description: 'Grows over all logins; of two claims on one email the later is greater.',
      examples: [4711],
    }),
    changes: Type.Array(Type.String(), {
      description: 'Of `created`, `email`, `password`, `removed`; may be empty, and may gain values.',
      examples: [['email']],
    }),
    email: Type.Union([Type.String(), Type.Null()], {
      description: "The login's email in the contact's spelling; null once removed.",
      examples: ['new@acme.example', null],
    }),
    previous_email: Type.Union([Type.String(), Type.Null()], {
      description: 'The former email; null where it did not change, and on removal.',
      examples: ['old@acme.example', null],
    }),
    credential: Type.Union([Type.String(), Type.Null()], {
      description:
        'Compact JWE for the auth app alone, holding an argon2id hash in PHC form bound to the contact id; null once removed.',
      examples: ['eyJhbGciOiJFQ0RILUVTIn0..aXY.Y2lwaGVydGV4dA.dGFn', null],
    }),
  },
  {
    $id: 'urn:contact-sync:schemas:PortalLoginChanged:v1',
    title: 'PortalLoginChanged',
    description: 'The whole state of a portal login after a change: the latest one of a key is enough.',
  },
);

/** Data of a `PortalLoginChanged` event. */
export type PortalLoginChanged = Omit<Static<typeof PortalLoginChangedSchema>, 'changes'> & { changes: PortalLoginChange[] };
