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
  },
});

/** A caller's bearer token. The token itself is never stored, only a keyed hash of it. */
export class ApiToken extends ApiTokenSchema.class {}

ApiTokenSchema.setClass(ApiToken);
