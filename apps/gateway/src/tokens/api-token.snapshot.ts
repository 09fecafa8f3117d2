import type { ApiToken } from './api-token.entity.js';

/** A token as answers show it: without the token itself. */
export function tokenSnapshot(token: ApiToken) {
  return {
    id: token.id,
    name: token.name,
    scopes: token.scopes,
    created_at: token.createdAt.toISOString(),
    expires_at: token.expiresAt?.toISOString() ?? null,
    last_used_at: token.lastUsedAt?.toISOString() ?? null,
    revoked_at: token.revokedAt?.toISOString() ?? null,
  };
}

/** A token as answers show it: without the token itself. */
export type TokenSnapshot = ReturnType<typeof tokenSnapshot>;
