import type { EntityManager } from '@mikro-orm/postgresql';
import { SCOPES } from '../callers/api-token.scopes.js';
import { ApiTokens } from '../callers/api-tokens.js';

const SEEDED_NAME = 'API_TOKEN';

/** Makes the token of the environment one with all scopes; a formerly seeded one stops working. */
export async function seedToken(em: EntityManager, secret: Buffer, token: string): Promise<void> {
  const hash = new ApiTokens(em, secret).hash(token);
  await em.fork().transactional(async (tx) => {
    await tx.execute(
      `update api_token set revoked_at = clock_timestamp() where is_seeded and secret_hash <> ? and revoked_at is null`,
      [hash],
    );
    await tx.execute(
      `insert into api_token (name, secret_hash, scopes, is_seeded) values (?, ?, string_to_array(?, ','), true)
       on conflict (secret_hash) do update
       set revoked_at = null, expires_at = null, scopes = excluded.scopes, is_seeded = true`,
      [SEEDED_NAME, hash, SCOPES.join(',')],
    );
  });
}
