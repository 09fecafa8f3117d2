import { decodeRecord, isCompanyEvent, type ContactEventName, type ContactSyncEvent } from '#app/contracts';
import { markDefect, type EventMacKeys } from '#app/credentials';
import type { LogRecord } from '#app/messaging';
import type pg from 'pg';

/** What is greatest on the topics, over all keys. */
export interface SeenMaxima {
  contactId: number;
  companyId: number;
  position: number;
}

/** What the topics say of one contact; a version of 0 says nothing. */
export interface SeenContact {
  contactId: number;
  version: number;
  loginVersion: number;
  /** Whether the greatest version says so, and nothing older was written behind it. */
  isDeleted: boolean;
  isLoginRemoved: boolean;
  companyIds: number[];
}

// On one session's own disk, not in memory: there can be millions of keys.
const MAKE = `
  create temp table seen_contact (contact_id bigint primary key, version bigint not null, is_gone boolean not null, company_ids bigint[] not null);
  create temp table seen_login (contact_id bigint primary key, version bigint not null, is_gone boolean not null, company_ids bigint[] not null)`;

/** One record that was read. */
interface Sight {
  contact_id: number;
  version: number;
  is_gone: boolean;
  company_ids: number[];
}

/** By what the gateway's own records of logins are told. */
export interface SeenMarks {
  keys: EventMacKeys;
  /** Full name of the topic of logins. */
  topic: string;
}

/** What readers of the topics can know: the greatest version of each key, and whether its last record says that it is gone. */
export class SeenKeys {
  readonly maxima: SeenMaxima = { contactId: 0, companyId: 0, position: 0 };
  /** Records that could not be read. */
  unreadable = 0;
  /** Records of logins that are not the gateway's own. */
  unauthentic = 0;

  /** One statement at a time: partitions are read side by side. */
  private added: Promise<void> = Promise.resolve();

  private constructor(
    private readonly session: pg.Client,
    private readonly marks: SeenMarks | undefined,
  ) {}

  static async on(session: pg.Client, marks: SeenMarks | undefined): Promise<SeenKeys> {
    await session.query(MAKE);
    return new SeenKeys(session, marks);
  }

  /** Takes records of one partition, in their order. */
  add(records: readonly LogRecord[]): Promise<void> {
    return (this.added = this.added.then(() => this.take(records)));
  }

  private async take(records: readonly LogRecord[]): Promise<void> {
    const [contacts, logins] = [new Map<number, Sight>(), new Map<number, Sight>()];
    for (const record of records) this.look(record, contacts, logins);
    await this.merge('seen_contact', contacts);
    await this.merge('seen_login', logins);
  }

  /** What is known of some contacts. */
  async of(contactIds: readonly number[]): Promise<Map<number, SeenContact>> {
    const rows = await this.select(`coalesce(c.contact_id, l.contact_id) = any($1::bigint[])`, [contactIds]);
    return new Map(rows.map((row) => [row.contactId, row]));
  }

  /** Keys behind `last` that no contact of the gateway has, though somebody believes that there is one. */
  strangersAfter(last: number, limit: number): Promise<SeenContact[]> {
    return this.select(
      `coalesce(c.contact_id, l.contact_id) > $1 and (not c.is_gone or not l.is_gone)
         and not exists (select from contact k where k.id = coalesce(c.contact_id, l.contact_id))`,
      [last],
      limit,
    );
  }

  /** How many contacts and logins of the gateway have an older version than the topics, and how many keys it lacks. */
  async compare(): Promise<{ contactsBehind: number; loginsBehind: number; strangers: number }> {
    const { rows } = await this.session.query<Record<string, string>>(`
      select
        (select count(*) from contact k join seen_contact s on s.contact_id = k.id where s.version > k.version) as contacts,
        (select count(*) from contact k join seen_login s on s.contact_id = k.id where s.version > k.login_version) as logins,
        (select count(*) from seen_contact c full join seen_login l using (contact_id)
          where (not c.is_gone or not l.is_gone) and not exists (select from contact k where k.id = contact_id)) as strangers`);
    const { contacts, logins, strangers } = rows[0]!;
    return { contactsBehind: Number(contacts), loginsBehind: Number(logins), strangers: Number(strangers) };
  }

  private async select(where: string, parameters: unknown[], limit?: number): Promise<SeenContact[]> {
    const { rows } = await this.session.query<Record<string, unknown>>(
      `select coalesce(c.contact_id, l.contact_id) as id, coalesce(c.version, 0) as version, coalesce(l.version, 0) as login_version,
         coalesce(c.is_gone, true) as is_deleted, coalesce(l.is_gone, true) as is_login_removed, c.company_ids
       from seen_contact c full join seen_login l on l.contact_id = c.contact_id
       where ${where} order by 1 ${limit === undefined ? '' : `limit ${limit}`}`,
      parameters,
    );
    return rows.map((row) => ({
      ...{ contactId: Number(row['id']), version: Number(row['version']), loginVersion: Number(row['login_version']) },
      ...{ isDeleted: Boolean(row['is_deleted']), isLoginRemoved: Boolean(row['is_login_removed']) },
      companyIds: ((row['company_ids'] as string[] | null) ?? []).map(Number),
    }));
  }

  private look(record: LogRecord, contacts: Map<number, Sight>, logins: Map<number, Sight>): void {
    const { marks } = this;
    if (marks && record.topic === marks.topic && markDefect(marks.keys, record) !== undefined) return void this.unauthentic++;
    const decoded = decode(record);
    if (decoded === undefined) return void this.unreadable++;
    if (decoded.kind === 'unknown') return;
    if (decoded.kind === 'tombstone') {
      const { contactId, version } = decoded;
      return this.see(logins, { contact_id: contactId, version, is_gone: true, company_ids: [] });
    }
    const { event } = decoded;
    if (isCompanyEvent(event)) return;
    if (event.name !== 'PortalLoginChanged') return this.see(contacts, contactSight(event));
    this.maxima.position = Math.max(this.maxima.position, event.data.position);
    this.see(logins, { ...versionOf(event), is_gone: event.data.email === null, company_ids: [] });
  }

  private see(sights: Map<number, Sight>, sight: Sight): void {
    const { maxima } = this;
    maxima.contactId = Math.max(maxima.contactId, sight.contact_id);
    maxima.companyId = Math.max(maxima.companyId, ...sight.company_ids);
    const former = sights.get(sight.contact_id);
    sights.set(sight.contact_id, former && former.version > sight.version ? { ...former, is_gone: false } : sight);
  }

  private async merge(table: string, sights: ReadonlyMap<number, Sight>): Promise<void> {
    if (sights.size === 0) return;
    await this.session.query(
      `insert into ${table} as s
         select contact_id, version, is_gone, company_ids
         from json_to_recordset($1::json) as r(contact_id bigint, version bigint, is_gone boolean, company_ids bigint[])
       on conflict (contact_id) do update set
         is_gone = excluded.is_gone and excluded.version >= s.version,
         company_ids = case when excluded.version >= s.version then excluded.company_ids else s.company_ids end,
         version = greatest(s.version, excluded.version)`,
      [JSON.stringify([...sights.values()])],
    );
  }
}

function decode(record: LogRecord) {
  try {
    return decodeRecord(record);
  } catch {
    return undefined;
  }
}

const versionOf = ({ data }: ContactSyncEvent<ContactEventName>): Pick<Sight, 'contact_id' | 'version'> => ({
  contact_id: data.contact_id,
  version: data.version,
});

function contactSight(event: ContactSyncEvent<Exclude<ContactEventName, 'PortalLoginChanged'>>): Sight {
  if (event.name === 'ContactDeleted') return { ...versionOf(event), is_gone: true, company_ids: event.data.company_ids };
  return { ...versionOf(event), is_gone: false, company_ids: event.data.contact.companies.map(({ id }) => id) };
}
