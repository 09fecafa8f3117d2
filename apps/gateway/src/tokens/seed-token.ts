import type { EntityManager } from '@mikro-orm/postgresql';
import { TokenKeys } from '#app/credentials';
import { inTransaction, query } from '#app/postgres';
import { SCOPES } from '../callers/api-token.scopes.js';
import { actorOf, recordAudit } from '../callers/audit-trail.js';

const SEEDED_NAME = 'API_TOKEN';

/** The outcome of seeding the environment's token. */
type SeededToken = 'valid' | 'revoked';

/** Gives the environment's token all scopes; a formerly seeded one stops working. A revoked one stays revoked. */
export async function seedToken(em: EntityManager, secret: Buffer, token: string): Promise<SeededToken> {
  const keys = new TokenKeys(secret);
  const [hash, hasChecksum] = [keys.hash(token), keys.formOf(token) === 'with checksum'];
  return inTransaction(em, async (tx) => {
    await query(
      tx,
      `update api_token set revoked_at = clock_timestamp() where is_seeded and secret_hash <> $1 and revoked_at is null`,
      [hash],
    );
    const [row] = await query<{ id: string; isNew: boolean; isRevoked: boolean }>(
      tx,
      `insert into api_token (name, secret_hash, scopes, is_seeded, forms_family, has_checksum)
         values ($1, $2, $3::text[], true, false, $4)
       on conflict (secret_hash) do update set expires_at = null, scopes = excluded.scopes, is_seeded = true
       returning id::text, old.id is null as "isNew", revoked_at is not null as "isRevoked"`,
      [SEEDED_NAME, hash, `{${SCOPES.join(',')}}`, hasChecksum],
    );
    const { id, isNew, isRevoked } = row!;
    const entry = { actor: actorOf(null), action: 'token.seeded', target: `token:${id}`, requestId: null };
    if (isNew) await recordAudit(tx, [entry]);
    return isRevoked ? 'revoked' : 'valid';
  });
}
