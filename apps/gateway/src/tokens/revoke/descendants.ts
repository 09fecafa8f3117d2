import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { ApiToken } from '../../callers/api-token.entity.js';

/** Whether a token is valid. */
export const isLiving = ({ revokedAt, expiresAt }: ApiToken, now: Date): boolean =>
  revokedAt == null && (expiresAt == null || expiresAt > now);

/**
 * Locks the tokens that a locked token made, and those that these made: makers come first.
 * Each level is locked before the next is read: making a token locks its maker, so none is made below a locked level.
 */
export async function lockDescendants(em: EntityManager, tokenId: number): Promise<ApiToken[]> {
  const found: ApiToken[] = [];
  for (let makers = [tokenId]; makers.length > 0;) {
    const lock = { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE } as const;
    const level = await em.find(ApiToken, { createdBy: { $in: makers } }, lock);
    found.push(...level);
    makers = level.map(({ id }) => id);
  }
  return found;
}

/** How many of them are valid. */
export async function countDescendants(em: EntityManager, tokenId: number): Promise<number> {
  const [row] = await query<{ living: string }>(
    em,
    `with recursive made as (
       select id, revoked_at, expires_at from api_token where created_by = $1
       union select t.id, t.revoked_at, t.expires_at from api_token t join made m on t.created_by = m.id)
     select count(*) as living from made where revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`,
    [tokenId],
  );
  return Number(row!.living);
}
