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

/** The row that sign-ins are checked against. The row of a removed login stays: it guards against late repetitions. */
export class PortalLogin extends PortalLoginSchema.class {}

PortalLoginSchema.setClass(PortalLogin);

/** Properties that identify the row, or that this database decides; the topic decides all others. */
const NOT_CONTENT = new Set(['contactId', 'sessionVersion', 'syncedAt']);

/** The columns that only the topic decides. */
export const LOGIN_CONTENT: readonly string[] = Object.keys(PortalLoginSchema.properties)
  .filter((property) => !NOT_CONTENT.has(property))
  .map((property) => new UnderscoreNamingStrategy().propertyToColumnName(property));
