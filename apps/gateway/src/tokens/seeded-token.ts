import type pg from 'pg';
import { TokenKeys } from '#app/credentials';
import { SCOPES } from '../callers/api-token.scopes.js';

/** A shorter seeded token gets a warning; the next release refuses it. */
export const SEEDED_TOKEN_MIN = 32;

/** The environment's token, and the key of its hash. */
export interface Seed {
  token: string;
  secret: Buffer;
}

/** Whether seeding the token would change nothing. */
export async function isSeeded(client: pg.ClientBase, { secret, token }: Seed): Promise<boolean> {
  const { rows } = await client.query<{ isSeeded: boolean }>(
    `select exists (select from api_token where secret_hash = $1 and is_seeded and revoked_at is null and expires_at is null
         and scopes = $2::text[] and created_by is null and family_id is null and not forms_family)
       and not exists (select from api_token where secret_hash <> $1 and is_seeded and revoked_at is null) as "isSeeded"`,
    [new TokenKeys(secret).hash(token), [...SCOPES]],
  );
  return rows[0]!.isSeeded;
}
