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
    /** Id of the token that made this one; null for a seeded one and one that an operator made. */
    createdBy: p.bigint('number').nullable(),
    /** Id of the token whose limits this one counts for; null where it counts for itself. */
    familyId: p.bigint('number').nullable(),
    /** Whether what this token makes counts for its limits. */
    formsFamily: p.boolean(),
    isSeeded: p.boolean(),
    hasChecksum: p.boolean(),
  },
});

/** A caller's bearer token. The token itself is never stored, only a keyed hash of it. */
export class ApiToken extends ApiTokenSchema.class {}

ApiTokenSchema.setClass(ApiToken);
