/** The scopes of tokens. None implies another. */
export const SCOPES = [
  'events:read',
  'contacts:read',
  'contacts:write',
  'companies:read',
  'companies:write',
  'tokens:read',
  'tokens:write',
  'audit:read',
] as const;
export type Scope = (typeof SCOPES)[number];
