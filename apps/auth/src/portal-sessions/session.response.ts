import type { SignedIn } from './portal-sessions.js';
import type { NewSession } from './sign-in.command.js';

/** A session that has begun, as the answer shows it. */
export interface SessionResponse {
  access_token: string;
  token_type: 'Bearer';
  /** Seconds. */
  expires_in: number;
  contact_id: number;
  email: string;
}

export const sessionResponse = ({ accessToken, expiresInSeconds, contactId, email }: NewSession): SessionResponse => ({
  access_token: accessToken,
  token_type: 'Bearer',
  expires_in: expiresInSeconds,
  contact_id: contactId,
  email,
});

/** The signed-in login, as the answer shows it. */
export interface SignedInResponse {
  contact_id: number;
  email: string;
}

export const signedInResponse = ({ contactId, email }: SignedIn): SignedInResponse => ({ contact_id: contactId, email });
