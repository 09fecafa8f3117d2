import { randomUUID } from 'node:crypto';
import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { loginEmailKey } from '#app/contracts';
import { inTransaction, isDatabaseAway } from '#app/postgres';
import { Credentials } from '../portal-logins/credentials.js';
import { PortalLogin } from '../portal-logins/portal-login.entity.js';
import { AccessTokens } from './access-tokens.js';
import { LoginAttempts, type Reservation } from './login-attempts.js';
import { PasswordVerifier } from './password.verifier.js';
import { InvalidCredentials } from './portal-session.errors.js';
import { SignInCommand, type NewSession } from './sign-in.command.js';

/** Longer than any login email can be. */
const LONGEST_EMAIL = 2_000;

@CommandHandler(SignInCommand)
export class SignInHandler implements ICommandHandler<SignInCommand> {
  /** When the database last failed a sign-in, and how. */
  private lost: { at: number; error: unknown } | undefined;

  constructor(
    private readonly em: EntityManager,
    private readonly attempts: LoginAttempts,
    private readonly credentials: Credentials,
    private readonly verifier: PasswordVerifier,
    private readonly tokens: AccessTokens,
  ) {}

  execute(command: SignInCommand): Promise<NewSession> {
    const askedAt = performance.now();
    return this.verifier.inTurn(() => this.unlessLost(askedAt, () => this.signIn(command)));
  }

  /** Who has waited behind a sign-in that the database left without an answer is told at once: it need not wait for one too. */
  private async unlessLost<T>(askedAt: number, signIn: () => Promise<T>): Promise<T> {
    if (this.lost && this.lost.at > askedAt) throw this.lost.error;
    try {
      return await signIn();
    } catch (error) {
      if (isDatabaseAway(error)) this.lost = { at: performance.now(), error };
      throw error;
    }
  }

  private async signIn({ email, password, address }: SignInCommand): Promise<NewSession> {
    const emailKey = email.length <= LONGEST_EMAIL ? loginEmailKey(email) : email;
    const reservation = await this.attempts.reserve(emailKey, address);
    try {
      const login = await this.find(emailKey);
      if (!(await this.verifier.matches(password, await this.phcOf(login))) || !login) throw new InvalidCredentials();
      return await this.begin(login, reservation);
    } catch (error) {
      if (!(error instanceof InvalidCredentials))
        await this.attempts.takeBack(this.em.fork(), reservation).catch(() => undefined);
      throw error;
    }
  }

  private async find(emailKey: string): Promise<PortalLogin | null> {
    // A NUL or a lone surrogate cannot be sent to the database, and no login has one.
    if (emailKey.length > 2 * LONGEST_EMAIL || emailKey.includes('\0') || !emailKey.isWellFormed()) return null;
    return this.em.fork().findOne(PortalLogin, { emailKey });
  }

  private async phcOf(login: PortalLogin | null): Promise<string | undefined> {
    return login?.credential == null ? undefined : this.credentials.open(login.contactId, login.credential);
  }

  /** Begins the session, if the login is still the one that was checked. */
  private async begin({ contactId, sessionVersion, email }: PortalLogin, reservation: Reservation): Promise<NewSession> {
    const jti = randomUUID();
    const { ttlSeconds } = this.tokens;
    await inTransaction(this.em, async (em) => {
      const begun = await em.execute<unknown[]>(
        `insert into portal_session (jti, contact_id, session_version, expires_at)
         select ?, contact_id, session_version, clock_timestamp() + ? * interval '1 second' from portal_login
         where contact_id = ? and session_version = ? and email is not null and credential is not null returning jti`,
        [jti, ttlSeconds, contactId, sessionVersion],
      );
      if (begun.length === 0) throw new InvalidCredentials();
      await this.attempts.takeBack(em, reservation);
    });
    const accessToken = await this.tokens.issue({ jti, contactId, sessionVersion });
    return { accessToken, expiresInSeconds: ttlSeconds, contactId, email: email ?? '' };
  }
}
