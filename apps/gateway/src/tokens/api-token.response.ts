import Type, { type Static } from 'typebox';
import { listOf } from '../wire/page.response.js';
import { nullable, time, wholeNumber } from '../wire/schemas.js';
import { SCOPES } from '../callers/api-token.scopes.js';

const nullableTime = (description: string) => nullable(Type.String({ format: 'date-time' }), description);

const fields = {
  id: wholeNumber('Token id.', 7),
  name: Type.String({ description: 'Whose it is.', examples: ['ERP nightly import'] }),
  scopes: Type.Array(Type.Enum([...SCOPES]), {
    description: 'What it allows; none implies another.',
    examples: [['contacts:read']],
  }),
  created_at: time('When it was made, UTC.'),
  expires_at: nullableTime('When it ends, UTC; null: never.'),
  last_used_at: nullableTime('When it was last used, UTC, right to a minute; null: never.'),
  revoked_at: nullableTime('When it was revoked, UTC; null where it was not.'),
  created_by: nullable(
    Type.Integer({ minimum: 1 }),
    'Id of the token that made it; null for a seeded one, and one that an operator made.',
    1,
  ),
};

/** A token as answers show it: without the token itself. */
const TokenSchema = Type.Object(fields, { title: 'Token', description: 'An API token, without the token itself.' });

/** A new token, with its secret text: no later answer shows it. */
const CreatedTokenSchema = Type.Object(
  { ...fields, token: Type.String({ description: 'The token itself, in this answer alone.', examples: ['csync_…'] }) },
  { title: 'CreatedToken', description: 'An API token just made.' },
);

/** A token as answers show it: without the token itself. */
export type TokenSnapshot = Static<typeof TokenSchema>;

/** A new token, as answers show it. */
export type CreatedToken = Static<typeof CreatedTokenSchema>;

/** The body that the end of a token answers. */
export const RevokedTokenAnswerSchema = Type.Object(
  {
    data: TokenSchema,
    descendants: Type.Integer({
      minimum: 0,
      description:
        'How many living tokens it made, directly or through others: ended with it where that was asked for, else left.',
      examples: [0],
    }),
  },
  { title: 'RevokedTokenAnswer' },
);
export type RevokedTokenAnswer = Static<typeof RevokedTokenAnswerSchema>;
/** A new token, as an answer's body. */
export const CreatedTokenAnswerSchema = Type.Object({ data: CreatedTokenSchema }, { title: 'CreatedTokenAnswer' });
/** A page of tokens. */
export const TokenListSchema = listOf(TokenSchema, 'TokenList');
