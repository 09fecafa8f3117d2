import { LockMode, sql, type EntityManager } from '@mikro-orm/postgresql';
import { ApiToken } from '../callers/api-token.entity.js';
import { CodedError } from '../wire/coded.error.js';

/** A new token's maker and family. */
interface Family {
  createdBy: number | null;
  familyId: number | null;
  formsFamily: boolean;
}

/**
 * Locks the token that makes another one, so that a concurrent revocation with descendants misses none.
 * @param makerId null for the operator
 * @throws {CodedError} `unauthenticated` if the maker has ended by now
 */
export async function lockMaker(em: EntityManager, makerId: string | null): Promise<Family> {
  if (makerId === null) return { createdBy: null, familyId: null, formsFamily: false };
  const maker = await em.findOne(
    ApiToken,
    { id: Number(makerId), revokedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: sql`clock_timestamp()` } }] },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (!maker) throw new CodedError('unauthenticated');
  const counts = maker.formsFamily && !maker.isSeeded;
  return { createdBy: maker.id, familyId: counts ? (maker.familyId ?? maker.id) : null, formsFamily: true };
}
