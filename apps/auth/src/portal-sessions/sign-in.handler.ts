import { randomUUID } from 'node:crypto';
import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { loginEmailKey } from '#app/contracts';
import { inTransaction, isDatabaseAway, query } from '#app/postgres';
import { Credentials } from '../portal-logins/credentials.js';
import { canBeLoginEmail, PortalLogin } from '../portal-logins/portal-login.entity.js';
import { SignInAudit } from '../audit/sign-in-audit.js';
import { AccessTokens } from './access-tokens.js';
import { AttemptKeys } from './attempt-keys.js';
import { DecoyCredential } from './decoy.credential.js';
import { PasswordVerifier } from './password.verifier.js';
import { InvalidCredentials, TooManyAttempts } from './portal-session.errors.js';
import { SignInAttempts, type Reservation } from './sign-in-attempts.js';
import { SignInCommand, type NewSession } from './sign-in.command.js';

/** Longer than any login email can be. */
const LONGEST_EMAIL = 2_000;

const BEGIN = `
  insert into portal_session (jti, contact_id, session_version, expires_at)
  select $1, contact_id, session_version, clock_timestamp() + $2 * interval '1 second' from portal_login
  where contact_id = $3 and session_version = $4 and email is not null and credential is not null
  returning floor(extract(epoch from expires_at))::float8 as "expiresAt"`;

@CommandHandler(SignInCommand)
export class SignInHandler implements ICommandHandler<SignInCommand> {
  /** Time and error of the last sign-in that failed because of the database. */
  private lost: { at: number; error: unknown } | undefined;

  constructor(
    private readonly em: EntityManager,
    private readonly attempts: SignInAttempts,
    private readonly credentials: Credentials,
    private readonly decoy: DecoyCredential,
    private readonly verifier: PasswordVerifier,
    private readonly tokens: AccessTokens,
    private readonly keys: AttemptKeys,
    private readonly audit: SignInAudit,
  ) {}

  async execute({ email, password, address }: SignInCommand): Promise<NewSession> {
    const emailKey = email.length <= LONGEST_EMAIL ? loginEmailKey(email) : email;
    try {
      return await this.signIn(emailKey, password, address);
    } catch (error) {
      const outcome = error instanceof InvalidCredentials ? 'failed' : error instanceof TooManyAttempts ? 'blocked' : undefined;
      const contactId = error instanceof InvalidCredentials ? error.contactId : undefined;
      const emailHash = this.keys.ofEmail(emailKey);
      if (outcome) this.audit.note({ outcome, contactId, emailKey, emailHash, address });
      throw error;
    }
  }

  private signIn(emailKey: string, password: string, address: string): Promise<NewSession> {
    const askedAt = performance.now();
    return this.attempts.run({ emailKey, address }, async (reserve) => {
      this.verifier.requireRoom();
      const reservation = await this.unlessLost(askedAt, reserve);
      try {
        const login = await this.verifier.inTurn(() => this.unlessLost(askedAt, () => this.check(emailKey, password)));
        return await this.begin(login, address, reservation);
      } catch (error) {
        const hasFailed = error instanceof InvalidCredentials;
        const ended = hasFailed ? this.attempts.fail(reservation) : this.attempts.takeBack(this.em.fork(), reservation);
        await ended.catch(() => undefined);
        throw error;
      }
    });
  }

  /** Fails at once a sign-in that waited behind one that got no answer from the database: it must not wait as long again. */
  private async unlessLost<T>(askedAt: number, work: () => Promise<T>): Promise<T> {
    if (this.lost && this.lost.at > askedAt) throw this.lost.error;
    try {
      return await work();
    } catch (error) {
      if (isDatabaseAway(error)) this.lost = { at: performance.now(), error };
      throw error;
    }
  }

  /** @throws {InvalidCredentials} if there is no such login, or the password does not fit */
  private async check(emailKey: string, password: string): Promise<PortalLogin> {
    const login = canBeLoginEmail(emailKey) ? await this.em.fork().findOne(PortalLogin, { emailKey }) : null;
    const isRight = await this.verifier.matches(password, await this.phcOf(login));
    if (!isRight || login?.credential == null) throw new InvalidCredentials(login?.contactId ?? null);
    return login;
  }

  private phcOf(login: PortalLogin | null): Promise<string> {
    return login?.credential == null ? this.decoy.open() : this.credentials.open(login.contactId, login.credential);
  }

  /** Begins the session, if the login has not changed since the check. */
  private async begin(
    { contactId, sessionVersion, email }: PortalLogin,
    address: string,
    reservation: Reservation,
  ): Promise<NewSession> {
    const jti = randomUUID();
    const { ttlSeconds } = this.tokens;
    const expiresAt = await inTransaction(this.em, async (em) => {
      const [begun] = await query<{ expiresAt: number }>(em, BEGIN, [jti, ttlSeconds, contactId, sessionVersion]);
      if (!begun) throw new InvalidCredentials(contactId);
      await this.attempts.takeBack(em, reservation);
      await this.attempts.remember(em, contactId, address);
      return begun.expiresAt;
    });
    const accessToken = await this.tokens.issue({ jti, contactId, sessionVersion, expiresAt });
    return { accessToken, expiresInSeconds: ttlSeconds, contactId, email: email ?? '' };
  }
}
