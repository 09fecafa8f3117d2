import { defineEntity, p } from '@mikro-orm/postgresql';

/** What a token can allow. None implies another. */
export const SCOPES = [
  'events:read',
  'contacts:read',
  'contacts:write',
  'companies:read',
  'companies:write',
  'tokens:read',
  'tokens:write',
] as const;
export type Scope = (typeof SCOPES)[number];

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
