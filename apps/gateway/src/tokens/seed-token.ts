import type { EntityManager } from '@mikro-orm/postgresql';
import { TokenKeys } from '#app/credentials';
import { inTransaction, query } from '#app/postgres';
import { SCOPES } from '../callers/api-token.scopes.js';
import { actorOf, recordAudit, type AuditEntry } from '../callers/audit-trail.js';
import { lockDescendants } from './revoke/descendants.js';

const SEEDED_NAME = 'API_TOKEN';

/** The outcome of seeding the environment's token. */
type SeededToken = 'valid' | 'revoked';

/** Gives the environment's token all scopes; a formerly seeded one stops working. A revoked one stays revoked. */
export async function seedToken(em: EntityManager, secret: Buffer, token: string): Promise<SeededToken> {
  const keys = new TokenKeys(secret);
  const [hash, hasChecksum] = [keys.hash(token), keys.formOf(token) === 'with checksum'];
  return inTransaction(em, async (tx) => {
    const revoked = await revokeOthers(tx, hash);
    const [row] = await query<{ id: string; isChanged: boolean; isRevoked: boolean }>(
      tx,
      `insert into api_token (name, secret_hash, scopes, is_seeded, forms_family, has_checksum)
         values ($1, $2, $3::text[], true, false, $4)
       on conflict (secret_hash) do update
         set expires_at = null, scopes = excluded.scopes, is_seeded = true, created_by = null, family_id = null, forms_family = false
       returning id::text, revoked_at is not null as "isRevoked",
         (old.scopes, old.expires_at, old.is_seeded) is distinct from (new.scopes, new.expires_at, new.is_seeded) as "isChanged"`,
      [SEEDED_NAME, hash, `{${SCOPES.join(',')}}`, hasChecksum],
    );
    const { id, isChanged, isRevoked } = row!;
    await drawFamilies(tx, Number(id));
    await recordAudit(tx, [...revoked, ...(isChanged && !isRevoked ? [entryOf('token.seeded', id)] : [])]);
    return isRevoked ? 'revoked' : 'valid';
  });
}

/** A seeded token forms no family: each token that it made counts for itself, and those below it count for that one. */
async function drawFamilies(em: EntityManager, seededId: number): Promise<void> {
  const families = new Map<number, number>();
  for (const made of await lockDescendants(em, seededId)) {
    made.familyId = families.get(made.createdBy!) ?? null;
    families.set(made.id, made.familyId ?? made.id);
  }
  await em.flush();
}

/** Revokes the other seeded tokens. @returns the entries of the audit */
async function revokeOthers(em: EntityManager, hash: Buffer): Promise<AuditEntry[]> {
  const text = `update api_token set revoked_at = clock_timestamp() where is_seeded and secret_hash <> $1 and revoked_at is null
    returning id::text`;
  return (await query<{ id: string }>(em, text, [hash])).map(({ id }) => entryOf('token.revoked', id));
}

const entryOf = (action: string, tokenId: string): AuditEntry => ({
  actor: actorOf(null),
  action,
  target: `token:${tokenId}`,
  requestId: null,
});
