import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Scope } from './api-token.scopes.js';

const ApiTokenSchema = defineEntity({
  name: 'ApiToken',
  tableName: 'api_token',
  properties: {
    id: p.bigint('number').primary(),
    name: p.text(),
    secretHash: p.blob(),
    scopes: p.array<Scope>(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().nullable(),
    lastUsedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
    /** Id of the token that made this one; null if it is seeded or an operator made it. */
    createdBy: p.bigint('number').nullable(),
    /** Id of the token whose limits this one counts for; null if it counts for itself. */
    familyId: p.bigint('number').nullable(),
    /** Whether tokens that this one makes count for its limits. */
    formsFamily: p.boolean(),
    isSeeded: p.boolean(),
    hasChecksum: p.boolean(),
  },
});

/** A caller's bearer token. The token itself is never stored, only a keyed hash of it. */
export class ApiToken extends ApiTokenSchema.class {}

ApiTokenSchema.setClass(ApiToken);
