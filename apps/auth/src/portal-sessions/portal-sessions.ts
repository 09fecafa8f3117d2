import { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { Injectable } from '@nestjs/common';
import { AccessTokens, type AccessClaims } from './access-tokens.js';
import { NoSession } from './portal-session.errors.js';

/** The signed-in login and its session. */
export interface SignedIn {
  jti: string;
  contactId: number;
  email: string;
}

/** Finds the session of an access token. */
@Injectable()
export class PortalSessions {
  constructor(
    private readonly em: EntityManager,
    private readonly tokens: AccessTokens,
  ) {}

  /**
   * Compares a token with the current row of its session and login.
   * @throws {NoSession} if it is no longer valid: signed out, expired, or the login has changed or gone since
   */
  async of(token: string): Promise<SignedIn> {
    const claims = await this.tokens.read(token);
    const email = await this.emailOf(claims);
    if (email === undefined) throw new NoSession();
    return { jti: claims.jti, contactId: claims.contactId, email };
  }

  private async emailOf({ jti, contactId, sessionVersion }: AccessClaims): Promise<string | undefined> {
    const [row] = await query<{ email: string }>(
      this.em.fork(),
      `select login.email
       from portal_session as session join portal_login as login using (contact_id, session_version)
       where session.jti = $1 and contact_id = $2 and session_version = $3 and session.expires_at > clock_timestamp()
         and login.email is not null and login.credential is not null`,
      [jti, contactId, sessionVersion],
    );
    return row?.email;
  }
}
