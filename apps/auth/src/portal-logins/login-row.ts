/** The state of a login that an event brings. */
interface LoginState {
  version: number;
  position: number;
  email: string | null;
  emailKey: string | null;
  credential: string | null;
  /** Whether the password is known to be unchanged. */
  keepsPassword: boolean;
}

/** A row of `portal_login` that a batch changes; its properties are those of the entity, without the ORM's accessors. */
export class LoginRow {
  version = 0;
  position = 0;
  email: string | null = null;
  emailKey: string | null = null;
  credential: string | null = null;
  removed = true;
  sessionVersion = 0;
  syncedAt: Date | undefined;

  constructor(readonly contactId: number) {}

  take({ version, position, email, emailKey, credential, keepsPassword }: LoginState, now: Date): void {
    const keepsSessions = !this.removed && keepsPassword && this.emailKey === emailKey && credential !== null;
    if (!keepsSessions) this.sessionVersion = position;
    this.version = version;
    this.position = position;
    this.email = email;
    this.emailKey = emailKey;
    this.credential = credential;
    this.removed = false;
    this.syncedAt = now;
  }

  remove(version: number, position: number, now: Date): void {
    this.loseEmail(position, now);
    this.version = version;
    this.position = position;
    this.credential = null;
    this.removed = true;
  }

  /** Loses its email to a login that claimed it at a later position. */
  loseEmail(position: number, now: Date): void {
    this.email = null;
    this.emailKey = null;
    this.sessionVersion = position;
    this.syncedAt = now;
  }

  /** Whether the password that the login should have is missing. */
  get lacksCredential(): boolean {
    return !this.removed && this.credential === null;
  }
}
