import { defineEntity, p, UnderscoreNamingStrategy } from '@mikro-orm/postgresql';

const PortalLoginSchema = defineEntity({
  name: 'PortalLogin',
  tableName: 'portal_login',
  properties: {
    contactId: p.bigint('number').primary(),
    version: p.bigint('number'),
    /** Position of the event that the row shows: of two claims on one email the greater position wins. */
    position: p.bigint('number'),
    /** Null if the login is removed, or if a login with a greater position took the email. */
    email: p.text().nullable(),
    emailKey: p.text().nullable(),
    /** Sealed; null if the login is removed, or if the credential could not be opened. */
    credential: p.text().nullable(),
    removed: p.boolean(),
    /** Position of the event that last ended this login's sessions. */
    sessionVersion: p.bigint('number'),
    syncedAt: p.datetime(),
  },
});

/** Longest login email, with room for what case folding can add. */
const LONGEST_EMAIL_KEY = 4_000;

/** Whether a string can be the key of a login's email: the database takes no NUL and no lone surrogate, so no login has one. */
export const canBeLoginEmail = (emailKey: string): boolean =>
  emailKey.length <= LONGEST_EMAIL_KEY && !emailKey.includes('\0') && emailKey.isWellFormed();

/** The state of a login that an event brings. */
export interface LoginState {
  version: number;
  position: number;
  email: string | null;
  emailKey: string | null;
  credential: string | null;
  /** Whether the password is known to be unchanged. */
  keepsPassword: boolean;
}

/** The row that sign-ins are checked against. The row of a removed login stays: it guards against late repetitions. */
export class PortalLogin extends PortalLoginSchema.class {
  static unknown(contactId: number): PortalLogin {
    const nothing = { version: 0, position: 0, email: null, emailKey: null, credential: null };
    return Object.assign(new PortalLogin(), { contactId, ...nothing, removed: true, sessionVersion: 0 });
  }

  take({ keepsPassword, ...state }: LoginState, now: Date): void {
    const keepsSessions = !this.removed && keepsPassword && this.emailKey === state.emailKey && state.credential !== null;
    if (!keepsSessions) this.sessionVersion = state.position;
    Object.assign(this, state, { removed: false, syncedAt: now });
  }

  remove(version: number, position: number, now: Date): void {
    Object.assign(this, { version, position, email: null, emailKey: null, credential: null, removed: true });
    Object.assign(this, { sessionVersion: position, syncedAt: now });
  }

  /** Loses its email to a login that claimed it at a later position. */
  loseEmail(position: number, now: Date): void {
    Object.assign(this, { email: null, emailKey: null, sessionVersion: position, syncedAt: now });
  }

  /** Whether the password that the login should have is missing. */
  get lacksCredential(): boolean {
    return !this.removed && this.credential == null;
  }
}

PortalLoginSchema.setClass(PortalLogin);

/** Properties that identify the row, or that this database decides; the topic decides all others. */
const NOT_CONTENT = new Set(['contactId', 'sessionVersion', 'syncedAt']);

/** The columns that only the topic decides. */
export const LOGIN_CONTENT: readonly string[] = Object.keys(PortalLoginSchema.properties)
  .filter((property) => !NOT_CONTENT.has(property))
  .map((property) => new UnderscoreNamingStrategy().propertyToColumnName(property));
