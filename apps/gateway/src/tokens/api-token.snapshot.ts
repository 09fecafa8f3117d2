import type { ApiToken } from '../callers/api-token.entity.js';
import type { TokenSnapshot } from './api-token.response.js';

/** A token as answers show it. */
export function tokenSnapshot(token: ApiToken): TokenSnapshot {
  return {
    id: token.id,
    name: token.name,
    scopes: token.scopes,
    created_at: token.createdAt.toISOString(),
    expires_at: token.expiresAt?.toISOString() ?? null,
    last_used_at: token.lastUsedAt?.toISOString() ?? null,
    revoked_at: token.revokedAt?.toISOString() ?? null,
    created_by: token.createdBy ?? null,
  };
}
