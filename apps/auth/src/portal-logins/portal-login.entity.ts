import { defineEntity, p, UnderscoreNamingStrategy } from '@mikro-orm/postgresql';

const PortalLoginSchema = defineEntity({
  name: 'PortalLogin',
  tableName: 'portal_login',
  properties: {
    contactId: p.bigint('number').primary(),
    version: p.bigint('number'),
    /** Position of the event that the row shows: of two claims on one email the greater has it. */
    position: p.bigint('number'),
    /** Null once removed, or lost to a login with a greater position. */
    email: p.text().nullable(),
    emailKey: p.text().nullable(),
    /** Sealed; null once removed, or where it could not be opened. */
    credential: p.text().nullable(),
    removed: p.boolean(),
    /** Position of the event that last ended this login's sessions. */
    sessionVersion: p.bigint('number'),
    syncedAt: p.datetime(),
  },
});

/** Longest login email, with room for what folding its case can add. */
const LONGEST_EMAIL_KEY = 4_000;

/** Whether a string can be the key of a login's email: a NUL or a lone surrogate cannot be sent to the database, and no login has one. */
export const canBeLoginEmail = (emailKey: string): boolean =>
  emailKey.length <= LONGEST_EMAIL_KEY && !emailKey.includes('\0') && emailKey.isWellFormed();

/** The state of a login that an event brings. */
export interface LoginState {
  version: number;
  position: number;
  email: string | null;
  emailKey: string | null;
  credential: string | null;
  /** Whether it is known that the password stays the one that it was. */
  keepsPassword: boolean;
}

/** What a portal login is checked against. The row of a removed login stays, as the guard against late repetitions. */
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

  /** Whether it is held without a password that it should have. */
  get lacksCredential(): boolean {
    return !this.removed && this.credential == null;
  }
}

PortalLoginSchema.setClass(PortalLogin);

/** Properties that say which row it is, or what this database did with it; all others are what the topic says of a login. */
const NOT_CONTENT = new Set(['contactId', 'sessionVersion', 'syncedAt']);

/** The columns that the topic alone decides. */
export const LOGIN_CONTENT: readonly string[] = Object.keys(PortalLoginSchema.properties)
  .filter((property) => !NOT_CONTENT.has(property))
  .map((property) => new UnderscoreNamingStrategy().propertyToColumnName(property));
