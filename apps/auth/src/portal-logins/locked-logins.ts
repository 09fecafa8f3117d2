import type { ChangedLogin, LoginChange } from './login-change.js';
import { PortalLogin } from './portal-login.entity.js';

/**
 * The rows that a batch can touch, and what its changes do to them. Pure: rows are loaded and stored elsewhere.
 *
 * Needs the rows of all contacts of the batch, and the holders of all emails in it.
 */
export class LockedLogins {
  /** Rows that were not there before. */
  readonly added: PortalLogin[] = [];
  private readonly rows: Map<number, PortalLogin>;
  private readonly holders: Map<string, PortalLogin>;

  constructor(rows: readonly PortalLogin[]) {
    this.rows = new Map(rows.map((row) => [row.contactId, row]));
    this.holders = new Map(rows.flatMap((row) => (row.emailKey == null ? [] : [[row.emailKey, row]])));
  }

  /** Applies a change. @returns whether it led to anything: what is known already does not */
  apply(change: LoginChange, now: Date): boolean {
    const known = this.rows.get(change.contactId);
    if (known && change.version <= known.version) return fillIn(known, change);
    const row = known ?? this.add(change.contactId);
    if (change.kind === 'tombstone') this.remove(row, change.version, row.position, now);
    else if (change.removed) this.remove(row, change.version, change.position, now);
    else this.take(row, change, now);
    return true;
  }

  private take(row: PortalLogin, change: ChangedLogin, now: Date): void {
    const { version, position, credential } = change;
    const isHolder = this.claim(row, change, now);
    const email = isHolder ? change.email : null;
    const emailKey = isHolder ? change.emailKey : null;
    row.take({ version, position, email, emailKey, credential, keepsPassword: keepsPassword(row, change) }, now);
  }

  /** Settles who holds the email that a change claims: the login with the greater position. */
  private claim(row: PortalLogin, { emailKey, position }: ChangedLogin, now: Date): boolean {
    this.release(row);
    if (emailKey === null) return false;
    const holder = this.holders.get(emailKey);
    if (holder && holder.position > position) return false;
    holder?.loseEmail(position, now);
    this.holders.set(emailKey, row);
    return true;
  }

  private remove(row: PortalLogin, version: number, position: number, now: Date): void {
    this.release(row);
    row.remove(version, position, now);
  }

  private release(row: PortalLogin): void {
    if (row.emailKey != null) this.holders.delete(row.emailKey);
  }

  private add(contactId: number): PortalLogin {
    const row = PortalLogin.unknown(contactId);
    this.rows.set(contactId, row);
    this.added.push(row);
    return row;
  }
}

/** A repetition of the very version that is held without a password brings the password, where it can be opened by now. */
function fillIn(row: PortalLogin, change: LoginChange): boolean {
  if (change.kind === 'tombstone' || change.version !== row.version || !row.lacksCredential) return false;
  if (change.credential === null) return false;
  row.credential = change.credential;
  return true;
}

/** Versions in between may never have come (compaction): then only the same sealed form tells that the password is the same. */
function keepsPassword(row: PortalLogin, { changes, credential, version, isRemains }: ChangedLogin): boolean {
  if (isRemains || changes.includes('password') || changes.includes('created')) return false;
  return credential === row.credential || version === row.version + 1;
}
