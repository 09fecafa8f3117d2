import type { LoginStateRecord, LoginRecord } from './login-record.js';
import { LoginRow } from './login-row.js';

/**
 * The rows that a batch can touch, and how its records change them. Pure: other code loads and stores the rows.
 *
 * Needs the rows of all contacts of the batch, and the holders of all emails in it.
 */
export class LockedLogins {
  /** Rows that were not there before. */
  readonly added = new Set<LoginRow>();
  /** Rows that records have changed, those that were not there before included. */
  readonly changed = new Set<LoginRow>();
  private readonly rows: Map<number, LoginRow>;
  private readonly holders: Map<string, LoginRow>;

  constructor(rows: readonly LoginRow[]) {
    this.rows = new Map(rows.map((row) => [row.contactId, row]));
    this.holders = new Map(rows.flatMap((row) => (row.emailKey === null ? [] : [[row.emailKey, row]])));
  }

  /** The version of a contact's login, as records have changed it so far. */
  knownVersion(contactId: number): LoginRow | undefined {
    return this.rows.get(contactId);
  }

  /** Applies a record. @returns whether it changed anything: a known version changes nothing */
  apply(record: LoginRecord, now: Date): boolean {
    const known = this.rows.get(record.contactId);
    if (known && record.version <= known.version) return this.fillIn(known, record);
    const row = known ?? this.add(record.contactId);
    this.changed.add(row);
    if (record.kind === 'tombstone') this.remove(row, record.version, row.position, now);
    else if (record.removed) this.remove(row, record.version, record.position, now);
    else this.take(row, record, now);
    return true;
  }

  private take(row: LoginRow, record: LoginStateRecord, now: Date): void {
    const { version, position, credential } = record;
    const isHolder = this.claim(row, record, now);
    const email = isHolder ? record.email : null;
    const emailKey = isHolder ? record.emailKey : null;
    row.take({ version, position, email, emailKey, credential, keepsPassword: keepsPassword(row, record) }, now);
  }

  /** Decides who holds the email that a change claims: the login with the greater position. */
  private claim(row: LoginRow, { emailKey, position }: LoginStateRecord, now: Date): boolean {
    this.release(row);
    if (emailKey === null) return false;
    const holder = this.holders.get(emailKey);
    if (holder && holder.position > position) return false;
    if (holder) this.takeEmailOf(holder, position, now);
    this.holders.set(emailKey, row);
    return true;
  }

  private takeEmailOf(holder: LoginRow, position: number, now: Date): void {
    holder.loseEmail(position, now);
    this.changed.add(holder);
  }

  /** A repetition of the held version brings the missing password, if it can be opened now. */
  private fillIn(row: LoginRow, record: LoginRecord): boolean {
    if (record.kind === 'tombstone' || record.version !== row.version || !row.lacksCredential) return false;
    if (record.credential === null) return false;
    row.credential = record.credential;
    this.changed.add(row);
    return true;
  }

  private remove(row: LoginRow, version: number, position: number, now: Date): void {
    this.release(row);
    row.remove(version, position, now);
  }

  private release(row: LoginRow): void {
    if (row.emailKey !== null) this.holders.delete(row.emailKey);
  }

  private add(contactId: number): LoginRow {
    const row = new LoginRow(contactId);
    this.rows.set(contactId, row);
    this.added.add(row);
    return row;
  }
}

/** Compaction can remove versions in between: then only an equal sealed form shows that the password is the same. */
function keepsPassword(row: LoginRow, { changes, credential, version, isSalvaged }: LoginStateRecord): boolean {
  if (isSalvaged || changes.includes('password') || changes.includes('created')) return false;
  return credential === row.credential || version === row.version + 1;
}
