import type { HeldLogin } from './get-portal-login.query.js';

/** A login as the answer shows it. */
export interface PortalLoginResponse {
  contact_id: number;
  email: string | null;
  version: number;
  /** RFC 3339, UTC. */
  synced_at: string;
}

/** Null if there is no login. */
export function portalLoginResponse({ login }: HeldLogin): PortalLoginResponse | null {
  if (!login) return null;
  const { contactId, email, version, syncedAt } = login;
  return { contact_id: contactId, email, version, synced_at: syncedAt.toISOString() };
}
