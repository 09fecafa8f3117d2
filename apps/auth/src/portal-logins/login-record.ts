/** What one record of the topic says of a login. */
export type LoginRecord = LoginStateRecord | LoginTombstone;

/** The whole state of a login after a change. */
export interface LoginStateRecord {
  kind: 'state';
  eventId: string;
  /** The request that caused it. */
  requestId: string;
  /** Undefined if the request was not traced. */
  traceId: string | undefined;
  contactId: number;
  version: number;
  position: number;
  changes: readonly string[];
  removed: boolean;
  /** Null if the login is removed, or if the email cannot be stored. */
  email: string | null;
  emailKey: string | null;
  /** Sealed; null if the login is removed. */
  credential: string | null;
  /** Whether the event is a dead letter, and this is the part of it that is safe to apply. */
  isSalvaged: boolean;
}

/** A login is removed as of a version. */
interface LoginTombstone {
  kind: 'tombstone';
  eventId: string;
  contactId: number;
  version: number;
}
