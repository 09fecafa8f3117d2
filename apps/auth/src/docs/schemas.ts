import Type, { type TSchema } from 'typebox';

const id = (description: string) => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description, examples: [123] });
const count = (description: string) => Type.Integer({ minimum: 0, description, examples: [0] });
const time = (description: string) => Type.String({ format: 'date-time', description, examples: ['2026-01-02T03:04:05.678Z'] });
const orNull = <T extends TSchema>(schema: T, description: string) => Type.Union([schema, Type.Null()], { description });
const ref = (name: string) => Type.Unsafe<unknown>({ $ref: `#/components/schemas/${name}` });
const dataOf = (schema: TSchema) => Type.Object({ data: schema });

const status = Type.Enum(['ok', 'degraded', 'down'], { type: 'string', examples: ['ok'] });
const part = (members: Record<string, TSchema> = {}) => Type.Object({ status, ...members });
const email = Type.String({ description: "As the contact's own email is written.", examples: ['john.smith@acme.example'] });

/** Schemas of bodies, by name. */
export const SCHEMAS = {
  SignIn: Type.Object(
    { email: Type.String({ examples: ['john.smith@acme.example'] }), password: Type.String({ format: 'password' }) },
    { description: 'Compared without case, Unicode form and IDNA spelling of the email.' },
  ),
  Session: Type.Object({
    access_token: Type.String({ description: 'A JWT, signed with a key of `/.well-known/jwks.json`.' }),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ minimum: 1, description: 'Seconds.', examples: [900] }),
    contact_id: id('The contact who has signed in.'),
    email,
  }),
  SessionAnswer: dataOf(ref('Session')),
  SignedIn: Type.Object({ contact_id: id('The contact of the login.'), email }),
  SignedInAnswer: dataOf(ref('SignedIn')),
  PortalLogin: Type.Object({
    contact_id: id('The contact of the login.'),
    email: orNull(Type.String(), 'Null: it lost its email to another login.'),
    version: Type.Integer({ minimum: 1, description: "The login's own version.", examples: [3] }),
    synced_at: time('When the auth app applied that version.'),
  }),
  PortalLoginAnswer: dataOf(ref('PortalLogin')),
  PendingPortalLogin: dataOf(orNull(ref('PortalLogin'), 'What is held until now; null where there is no login.')),
  KeySet: Type.Object({
    keys: Type.Array(
      Type.Object(
        {
          kid: Type.String({ description: 'The key is named by it in the header of a token.' }),
          kty: Type.Enum(['EC', 'OKP'], { type: 'string' }),
          crv: Type.Enum(['P-256', 'Ed25519'], { type: 'string' }),
          alg: Type.Enum(['ES256', 'EdDSA', 'Ed25519'], { type: 'string' }),
          use: Type.Literal('sig'),
          x: Type.String(),
          y: Type.Optional(Type.String()),
        },
        { description: 'A JSON Web Key (RFC 7517), its public half.' },
      ),
    ),
  }),
  AuditEntry: Type.Object({
    id: id('Grows with time.'),
    at: time('When it was.'),
    actor: orNull(Type.String(), 'Who did it, where that is known.'),
    action: Type.String({ examples: ['sign_in.failed'] }),
    target: orNull(Type.String(), 'What it was done to.'),
    request_id: orNull(Type.String(), 'The request that led to it.'),
    details: Type.Object(
      {},
      { additionalProperties: true, description: 'More about it; no secret, and no email without a login.' },
    ),
  }),
  AuditPage: Type.Object({
    data: Type.Array(ref('AuditEntry')),
    meta: Type.Object({
      current_page: Type.Integer({ minimum: 1 }),
      from: orNull(Type.Integer({ minimum: 1 }), 'Null on an empty page.'),
      last_page: Type.Integer({ minimum: 1 }),
      per_page: Type.Integer({ minimum: 1, maximum: 100 }),
      to: orNull(Type.Integer({ minimum: 1 }), 'Null on an empty page.'),
      total: count('Entries on all pages.'),
    }),
  }),
  Health: Type.Object(
    {
      status,
      version: Type.String({ description: 'The release that the process runs.', examples: ['1.1.0'] }),
      parts: Type.Object({
        database: part(),
        broker: part(),
        consumer: part({
          joined: Type.Boolean({ description: 'Whether it is in its group.' }),
          partitions: count('Partitions that this process reads.'),
          retrying: Type.Optional(Type.String({ description: 'Why the present attempt is repeated.' })),
          stopped: Type.Array(
            Type.Object({
              topic: Type.String(),
              partition: count('Its index.'),
              offset: count('The record that stopped it.'),
              reason: Type.String(),
              since: time('Since when.'),
            }),
            { description: 'Partitions that wait for a repair.' },
          ),
          sharedWith: Type.Array(
            Type.Object({ client: Type.String({ description: 'Its client id.' }), topics: Type.Array(Type.String()) }),
            { description: 'Other programs in the consumer group: records that reach them are not applied.' },
          ),
          applied: count('Records applied since the process began.'),
          skipped: count('Records skipped, since a newer version was known.'),
          deadLettered: count('Records that can never be applied.'),
          unauthentic: count("Of them those that are not the gateway's own."),
        }),
        marks: part({ checked: Type.Boolean({ description: "Whether records without the gateway's mark are refused." }) }),
        lag: part({ records: orNull(count('Records that wait.'), 'Records that wait to be applied; null: not known.') }),
      }),
    },
    { description: 'By part: sign-ins are served while the broker is away.' },
  ),
} as const satisfies Record<string, TSchema>;

export type SchemaName = keyof typeof SCHEMAS;

export const schemaNamed = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });
